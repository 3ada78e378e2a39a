-- What: how long conversations took, as the buckets of a histogram.
-- Grain: one row per persona and bucket that a conversation falls in.
-- Units: upper_seconds from $bounds, NULL above the last; seconds is the sum of the durations; counts are not cumulative.
-- NULLs: persona 'unknown' where there is none.
with measured as (
    select
        coalesce(persona, 'unknown') as user_type,
        date_diff('millisecond', started_at, ended_at) as duration_ms
    from production_conversations
    where ended_at >= started_at
),

final as (
    select
        user_type,
        list_min(list_filter($bounds::double[], lambda bound: duration_ms <= 1000 * bound)) as upper_seconds,
        count(*) as conversation_count,
        sum(duration_ms) / 1000 as seconds
    from measured
    group by all
)

select * from final
order by user_type asc, upper_seconds asc nulls last
