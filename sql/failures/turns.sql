-- What: what was said and done in the changed conversations, cleaned for the signals.
-- Grain: one row per turn; system turns are left out.
-- Units: conversation_key numbers the changed conversations from 1; said is the content in lower case.
-- NULLs: content and said are '' where the turn has no words; both are cut at 2,000 characters.
-- Source: the temporary table changed (sql/failures/changed.sql).
with inputs as (
    select
        changed.conversation_key,
        turns.turn_index,
        turns.role,
        trim(coalesce(turns.content, '')) as words,
        turns.latency_ms,
        turns.error_type,
        turns.tool_name,
        case when turns.role = 'assistant' then cast(turns.tool_calls as varchar) end as tool_calls
    from turns
    inner join changed
        on turns.conversation_id = changed.conversation_id
    where turns.role <> 'system'
),

cut as (
    select
        * exclude (words),
        if(strlen(words) > 2000, left(words, 2000), words) as content
    from inputs
),

final as (
    select
        conversation_key,
        turn_index,
        role,
        content,
        if(contains(content, '’'), replace(lower(content), '’', ''''), lower(content)) as said,
        latency_ms,
        error_type,
        tool_name,
        tool_calls,
        coalesce(tool_calls, '[]') not in ('[]', 'null') as has_calls
    from cut
)

select * from final
