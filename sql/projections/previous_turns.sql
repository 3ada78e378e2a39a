-- What: the turns already here of conversations that new turns are about, between $low and $high.
-- Grain: one row per turn.
-- Units: as in turns. $low and $high span every turn of those conversations, UTC: they only spare reading.
-- NULLs: $low NULL: no such conversation, no row.
select turns.*
from turns
semi join touched_conversations as touched
    on
        turns.conversation_id = touched.conversation_id
        and touched.has_turns
where turns.occurred_at between $low and $high
