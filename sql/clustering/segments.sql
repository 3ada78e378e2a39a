-- What: how many conversations each segment of a span of days holds, and how many of them failed.
-- Grain: one row per assistant, topic, version, channel and persona.
-- Units: counts of conversations; first_* of those of the first half of the users, by md5 of the user or, where none is known, of the
--   conversation's id, as `half_of` cuts. $first_day, $last_day inclusive, by day of the start.
-- NULLs: a missing topic, version or persona is ''.
with inputs as (
    select
        conversations.conversation_id,
        conversations.assistant_id,
        coalesce(conversations.topic_id, '') as topic_id,
        coalesce(conversations.assistant_version, '') as assistant_version,
        conversations.channel,
        coalesce(conversations.persona, '') as persona,
        coalesce(failures.is_failure, false) as is_failure,
        ascii(md5(coalesce(conversations.user_key, conversations.conversation_id))) % 2 = 0 as is_first
    from production_conversations as conversations
    left join failures
        on conversations.conversation_id = failures.conversation_id
    where conversations.day between $first_day and $last_day
),

final as (
    select
        assistant_id,
        topic_id,
        assistant_version,
        channel,
        persona,
        count(*) as conversation_count,
        count(*) filter (where is_failure) as failure_count,
        count(*) filter (where is_first) as first_conversation_count,
        count(*) filter (where is_first and is_failure) as first_failure_count
    from inputs
    group by
        assistant_id,
        topic_id,
        assistant_version,
        channel,
        persona
)

select * from final
order by
    assistant_id,
    topic_id,
    assistant_version,
    channel,
    persona
