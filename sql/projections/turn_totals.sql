-- What: how many turns a touched conversation holds, and from when to when.
-- Grain: one row per conversation with new turns.
-- Units: turn_count counts user, assistant and human agents; times UTC.
-- $low and $high span every turn of those conversations, old and new, UTC: they only spare reading.
select
    turns.conversation_id,
    count(*) filter (where turns.role in ('user', 'assistant', 'agent')) as turn_count,
    min(turns.occurred_at) as first_turn_at,
    max(turns.occurred_at) as last_turn_at,
    max(turns.log_version) as log_version
from turns
semi join touched_conversations as touched
    on
        turns.conversation_id = touched.conversation_id
        and touched.has_turns
where turns.occurred_at between $low and $high
group by turns.conversation_id
