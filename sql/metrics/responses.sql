-- Responses as the rule metrics read them: what was said and asked, and what is known of both texts.
-- grain: one row per response of exchanges. held_terms: the request's terms whose first 5 letters the answer holds.
--     previous_masked: the answer before it without its digits. asked and all of requests: NULL where the user had said nothing yet.
create or replace temp view responses as
select
    exchanges.* exclude (answer_id, newest_id, earlier_id, previous_answer_id),
    records.founded_share,
    records.is_other_state,
    previous.masked as previous_masked,
    answers.* exclude (answer_id),
    requests.* exclude (newest_id, earlier_id),
    list_filter(requests.terms, lambda term: contains(answers.lowered, term[:5])) as held_terms
from exchanges
left join answers on exchanges.answer_id = answers.answer_id
left join answers as previous on exchanges.previous_answer_id = previous.answer_id
left join records
    on exchanges.conversation_id = records.conversation_id and exchanges.turn_index = records.turn_index
left join requests
    on exchanges.newest_id = requests.newest_id and coalesce(exchanges.earlier_id, -1) = requests.earlier_id;
