-- What: how long users waited, in percentiles with their 90 % intervals: for the first response, and for every response.
-- Grain: one row per week, assistant, version, kind of response and percentile with a measured response.
-- Units: milliseconds. The interval is Woodruff's (1952): the share of responses at or below the percentile has a linearised
--   variance clustered by user; its ends are read off the ordered latencies.
-- NULLs: low and high where fewer than two users; responses without a measured latency are left out.
-- Column week: ISO week of the start.
-- Column assistant_id: the assistant.
-- Column assistant_version: the version; 'unknown' where nobody said.
-- Column kind: first_response or response.
-- Column percentile: 0.5, 0.95 or 0.99.
-- Column value_ms: the percentile, one of the latencies seen.
-- Column low_ms: lower end of its 90 % interval.
-- Column high_ms: upper end of its 90 % interval.
-- Column response_count: measured responses.
-- Column user_count: users who waited.
with waits as (
    select
        conversations.week,
        conversations.assistant_id,
        coalesce(conversations.assistant_version, 'unknown') as assistant_version,
        coalesce(conversations.user_key, conversations.conversation_id) as user_group,
        turns.latency_ms,
        turns.turn_index = min(turns.turn_index) over (partition by turns.conversation_id) as is_first
    from production_conversations as conversations
    inner join turns
        on conversations.conversation_id = turns.conversation_id
    where turns.role = 'assistant'
),

kinds as (
    select
        * exclude (is_first),
        unnest(if(is_first, ['first_response', 'response'], ['response'])) as kind
    from waits
    where latency_ms is not null
),

sorted as (
    select
        week,
        assistant_id,
        assistant_version,
        kind,
        list_sort(list(latency_ms)) as latencies,
        unnest([0.5, 0.95, 0.99]) as percentile
    from kinds
    group by week, assistant_id, assistant_version, kind
),

placed as (
    select
        *,
        latencies[cast(ceil(percentile * len(latencies)) as bigint)] as value_ms
    from sorted
),

by_user as (
    select
        kinds.week,
        kinds.assistant_id,
        kinds.assistant_version,
        kinds.kind,
        placed.percentile,
        count(*) as n,
        count(*) filter (where kinds.latency_ms <= placed.value_ms) as y
    from kinds
    inner join placed using (week, assistant_id, assistant_version, kind)
    group by kinds.week, kinds.assistant_id, kinds.assistant_version, kinds.kind, placed.percentile, kinds.user_group
),

shares as (
    select
        week,
        assistant_id,
        assistant_version,
        kind,
        percentile,
        count(*) as user_count,
        t_of(count(*)) * sqrt(ratio_variance(sum(y), sum(n), sum(y * y), sum(y * n), sum(n * n), count(*))) as margin
    from by_user
    group by week, assistant_id, assistant_version, kind, percentile
),

final as (
    select
        placed.week,
        placed.assistant_id,
        placed.assistant_version,
        placed.kind,
        cast(placed.percentile as double) as percentile,
        placed.value_ms,
        placed.latencies[cast(greatest(floor((placed.percentile - shares.margin) * len(placed.latencies)), 1) as bigint)]
            as low_ms,
        placed.latencies[
            cast(least(ceil((placed.percentile + shares.margin) * len(placed.latencies)) + 1, len(placed.latencies)) as bigint)
        ] as high_ms,
        len(placed.latencies) as response_count,
        shares.user_count
    from placed
    inner join shares using (week, assistant_id, assistant_version, kind, percentile)
)

select * from final
