-- What: the failures of a span of days: what was wanted, what went wrong, and where they happened.
-- Grain: one row per failed conversation, ordered by its id.
-- Units: want and wrong in lower case, without links, addresses, numbers and ids, at most 400 characters each; wrong is
--   the answer at the failed turn and what the user said next. tool is the tool that failed, or that ran just before
--   the failed response; is_confused: the user said that they do not understand. $first_day, $last_day inclusive, by day of the start.
--   speaker is the user, or the conversation where no user is known.
-- NULLs: want and wrong are '' where nothing was said; tool is NULL where none ran there.
-- Source: the registered table wants(conversation_id, want) (sql/clustering/wants.sql).
with inputs as (
    select
        failures.conversation_id,
        failures.failed_turn_index,
        failures.signals,
        conversations.assistant_id,
        conversations.assistant_version,
        conversations.channel,
        conversations.persona,
        conversations.topic_id,
        coalesce(conversations.user_key, conversations.conversation_id) as speaker,
        conversations.day
    from failures
    inner join production_conversations as conversations
        on failures.conversation_id = conversations.conversation_id
    where
        failures.is_failure
        and conversations.day between $first_day and $last_day
),

nearby as (
    select
        inputs.conversation_id,
        inputs.failed_turn_index,
        turns.turn_index,
        turns.role,
        turns.tool_name,
        coalesce(turns.error_type, '') <> '' as is_error,
        left(turns.content, 300) as said
    from inputs
    inner join turns
        on
            inputs.conversation_id = turns.conversation_id
            and turns.turn_index between inputs.failed_turn_index - 2 and inputs.failed_turn_index + 2
),

confused as (
    select distinct inputs.conversation_id
    from inputs
    inner join turns
        on inputs.conversation_id = turns.conversation_id
    where
        turns.role = 'user'
        and regexp_matches(
            lower(replace(left(turns.content, 500), '’', '''')),
            '\b(?:don''t|do not|didn''t|can''t|cannot) (?:understand|follow|get it)\b|\bwhat (?:does|do) (?:that|this|it|they) mean|'
            || '\bwhat is (?:that|this) supposed to mean|\bplain (?:words|english|language)|\bin simple|\bsimpler\b|'
            || '\btoo technical|\bexplain (?:that|this|it)\b|\bmakes? no sense'
        )
),

around as (
    select
        conversation_id,
        string_agg(said, ' . ' order by turn_index) filter (
            where
            (turn_index = failed_turn_index and role = 'assistant')
            or (turn_index between failed_turn_index + 1 and failed_turn_index + 2 and role = 'user')
        ) as wrong,
        arg_min(tool_name, abs(turn_index - failed_turn_index) * 10 - if(is_error, 5, 0) + if(turn_index > failed_turn_index, 1, 0))
        filter (where role = 'tool') as tool
    from nearby
    group by conversation_id
),

final as (
    select
        inputs.conversation_id,
        inputs.assistant_id,
        inputs.assistant_version,
        inputs.channel,
        inputs.persona,
        inputs.topic_id,
        inputs.speaker,
        inputs.day,
        from_json(inputs.signals, '["VARCHAR"]') as signals,
        coalesce(wants.want, '') as want,
        coalesce(left(regexp_replace(regexp_replace(
            replace(translate(lower(around.wrong), chr(9) || chr(10) || chr(12) || chr(13), '    '), '’', ''''),
            'https?://\S+|\S+@\S+|[\w#-]*\d[\w-]*', ' ', 'g'
        ), '  +', ' ', 'g'), 400), '') as wrong,
        around.tool,
        confused.conversation_id is not null as is_confused
    from inputs
    left join wants
        on inputs.conversation_id = wants.conversation_id
    left join around
        on inputs.conversation_id = around.conversation_id
    left join confused
        on inputs.conversation_id = confused.conversation_id
)

select * from final
order by conversation_id
