-- What: a tool or the assistant itself ended in an error.
-- Grain: one row per conversation where it fired; turn_index is the first error.
-- Units: strength 0.6 when the errors are less than half of the tool results, 1 from half on or for an error of a
--   response; it is a share, so that a long conversation is not worse for being long.
-- NULLs: error_type NULL means no error; a tool result is an error too when it begins as one.
with looked_at as (
    select
        conversation_key,
        turn_index,
        role,
        coalesce(error_type, '') <> ''
        or (
            role = 'tool'
            and regexp_matches(
                left(said, 200),
                '^\W*(\w+ |\w+\W*[=:]\W*)?(error|exception|traceback|failed|failure|timeout|timed out)\b|"(error|exception)": ?["{t]'
                || '|"status": ?"?(error|failed|[45]\d\d)\b|\b(http|status)( code)? [45]\d\d\b'
            )
        ) as is_error
    from detect_turns
    where
        role = 'tool'
        or error_type is not null
),

final as (
    select
        conversation_key,
        'tool_failed' as signal,
        min(turn_index) filter (where is_error) as turn_index,
        if(
            bool_or(is_error and role <> 'tool') or 2 * count(*) filter (where is_error) >= count(*),
            1.0,
            0.6
        ) as strength
    from looked_at
    group by conversation_key
    having bool_or(is_error)
)

select * from final
