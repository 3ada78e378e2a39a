-- What: a staged batch as a whole, for the suite `batch`.
-- Grain: one row, always.
-- Units: counts, and shares 0..1.
-- NULL: a share of nothing; volume_ratio where fewer than three of the days before hold conversations.
-- Needs: the staged files $conversations and $turns, $rejected_count and $record_count (records refused by parser or
-- checks, and records in all), and $usual_volume (conversations of a usual day before; NULL: not known).
with told as (
    select
        assistant_version,
        user_key,
        channel
    from read_parquet($conversations)
    where not is_feedback_only
),

conversations as (
    select
        count(*) as conversation_count,
        avg((assistant_version is null)::integer) as unknown_version_share,
        avg((user_key is null)::integer) as unknown_user_share,
        avg((channel is null or channel = 'unknown')::integer) as unknown_channel_share
    from told
),

responses as (
    select
        avg((latency_ms is null)::integer) as unmeasured_latency_share,
        avg((coalesce(content, '') = '' and parts is null and tool_calls is null)::integer) as blank_response_share
    from read_parquet($turns)
    where role = 'assistant'
),

final as (
    select
        conversations.conversation_count,
        round(conversations.conversation_count / nullif($usual_volume::double, 0), 4) as volume_ratio,
        round($rejected_count / nullif($record_count::double, 0), 6) as rejected_share,
        round(conversations.unknown_version_share, 6) as unknown_version_share,
        round(conversations.unknown_user_share, 6) as unknown_user_share,
        round(conversations.unknown_channel_share, 6) as unknown_channel_share,
        round(responses.unmeasured_latency_share, 6) as unmeasured_latency_share,
        round(responses.blank_response_share, 6) as blank_response_share
    from conversations
    cross join responses
)

select * from final
