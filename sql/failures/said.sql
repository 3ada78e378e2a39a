-- What: what each judged conversation said, its signals and its log-odds without labels: what a failure model learns from.
-- Grain: one row per judged conversation, ordered by its id.
-- Units: user_said and assistant_said are all messages of each side, joined by a full stop, 4,000 characters of each message; a
--   tool that the assistant called counts as a word of it (call_NAME). ending is the last message of each side. Signals are
--   {signal: strength 0..1}. speaker is the user, or the conversation where no user is known. turn_count as in conversations.
-- NULLs: a side that said nothing gives ''.
with judged as (
    select
        failures.conversation_id,
        coalesce(conversations.user_key, failures.conversation_id) as speaker,
        conversations.turn_count
    from failures
    inner join conversations
        on failures.conversation_id = conversations.conversation_id
),

spoken as (
    select
        turns.conversation_id,
        turns.turn_index,
        if(turns.role = 'user', 'user', 'assistant') as side,
        left(coalesce(turns.content, ''), 4000) as said,
        list_transform(
            json_extract_string(turns.tool_calls, '$[*].name'),
            lambda name: 'call_' || name
        ) as calls
    from turns
    semi join judged
        on turns.conversation_id = judged.conversation_id
    where turns.role in ('user', 'assistant', 'agent')
),

joined as (
    select
        conversation_id,
        string_agg(said, ' . ' order by turn_index) filter (where side = 'user') as user_said,
        string_agg(
            said || ' ' || coalesce(array_to_string(calls, ' '), ''), ' . '
            order by turn_index
        ) filter (where side = 'assistant') as assistant_said,
        coalesce(arg_max(said, turn_index) filter (where side = 'user' and said <> ''), '')
        || ' . '
        || coalesce(arg_max(said, turn_index) filter (where side = 'assistant' and said <> ''), '') as ending
    from spoken
    group by conversation_id
),

fired as (
    select
        conversation_id,
        map_from_entries(list(row(signal, strength) order by signal)) as signals
    from failure_signals
    group by conversation_id
),

final as (
    select
        judged.conversation_id,
        judged.speaker,
        judged.turn_count,
        coalesce(joined.user_said, '') as user_said,
        coalesce(joined.assistant_said, '') as assistant_said,
        coalesce(joined.ending, '') as ending,
        fired.signals
    from judged
    left join joined
        on judged.conversation_id = joined.conversation_id
    left join fired
        on judged.conversation_id = fired.conversation_id
)

select * from final
order by conversation_id
