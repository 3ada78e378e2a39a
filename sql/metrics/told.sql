-- From which turn on the user had told their e-mail, a number, their name, the number of a card, an account or a person.
-- grain: one row per conversation in which the user told any of them, turn_index each; NULL: never.
create or replace temp table told as
select
    conversation_number,
    min(turn_index) filter (where tells & 1 > 0) as email_from,
    min(turn_index) filter (where tells & 2 > 0) as number_from,
    min(turn_index) filter (where tells & 4 > 0) as name_from,
    min(turn_index) filter (where tells & 8 > 0) as identity_from
from spoken
where is_user and tells > 0
group by conversation_number;
