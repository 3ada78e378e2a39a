-- What was said, each text once: what a text alone can tell is worked out once, however often it was said.
-- grain: one row per distinct text of a user or an assistant in the conversations in conversations_to_score, without
--     those of blanks and invisible characters only. text_id: the first row of turns that holds it.
-- tells: what a user who says it tells of themselves, as bits: 1 e-mail, 2 number of 4 or more digits, 4 name,
--     8 number of a card, an account or a person. What redaction put in their place (<EMAIL>, <CARD>, …) counts as they do.
create or replace temp table texts as
select
    min(turns.rowid) as text_id,
    turns.content as text,
    if(contains(text, '@') or contains(text, '<EMAIL>'), 1, 0)
    + if(regexp_matches(text, '\d{4}|<(?:CARD|IBAN|NATIONAL_ID|PHONE)>'), 2, 0)
    + if(contains(text, 'y name is '), 4, 0)
    + if(
        regexp_matches(
            text,
            '<(?:CARD|IBAN|NATIONAL_ID)>|(?:\d[ -]?){13}|\d{3}-\d{2}-\d{4}|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3}'
        ), 8, 0
    ) as tells
from turns
semi join conversations_to_score on turns.conversation_id = conversations_to_score.conversation_id
where
    turns.role in ('user', 'assistant')
    and case
        when turns.content >= '!' and turns.content < chr(127) then true
        else regexp_matches(turns.content, '[^\s\x{00A0}\x{00AD}\x{180E}\x{200B}-\x{200F}\x{2060}\x{FEFF}]')
    end
group by turns.content;
