-- What: a metric over the moving window that ends with each day, for the limit that watches it.
-- Grain: one row per day from $first_day to $last_day and value of $segment with a conversation in the window.
-- Units: value is $statistic (mean, p50, p95 or p99) and mean in the metric's unit; low and high are the mean's 90 % interval,
--   clustered by user. Percentiles of response_ms are over responses, of others over conversations; they are values seen.
-- NULLs: segment NULL: all; low and high where fewer than two users. Rule metrics: mean score of a conversation's responses.
with measures as (
    select
        conversation_id,
        micros
    from alert_measures
    where metric = $metric
    union all
    select
        conversation_id,
        cast(round(1e6 * weighted_score / nullif(weight, 0)) as bigint) as micros
    from conversation_scores
    where
        metric = $metric
        and scorer = 'rule'
),

inputs as (
    select
        conversations.*,
        coalesce(conversations.user_key, conversations.conversation_id) as user_group,
        case $segment
            when 'assistant' then conversations.assistant_id
            when 'version' then conversations.assistant_id || ' ' || coalesce(conversations.assistant_version, 'unknown')
            when 'channel' then conversations.channel
            when 'persona' then coalesce(conversations.persona, 'unknown')
            when 'topic' then coalesce(conversations.topic_id, 'unknown')
        end as segment,
        measures.micros
    from production_conversations as conversations
    inner join measures
        on conversations.conversation_id = measures.conversation_id
),

values_seen as (
    select * from measures
    where $metric <> 'response_ms'
    union all
    select
        conversation_id,
        cast(round(1e6 * latency_ms) as bigint) as micros
    from turns
    where
        $metric = 'response_ms'
        and role = 'assistant'
        and latency_ms is not null
),

days as (
    select unnest(generate_series($first_day::date, $last_day::date, interval 1 day))::date as last_day
),

by_user as (
    select
        days.last_day,
        inputs.segment,
        inputs.user_group,
        count(*) as n,
        sum(inputs.micros) as y,
        max(inputs.started_at) as newest_at
    from days
    inner join inputs
        on inputs.day between days.last_day - ($window_days::integer - 1) and days.last_day
    group by days.last_day, inputs.segment, inputs.user_group
),

means as (
    select
        last_day,
        segment,
        sum(n) as n,
        sum(n * n) as nn,
        sum(y) / 1e6 / sum(n) as average,
        ratio_variance(sum(y) / 1e6, sum(n), sum(y * y) / 1e12, sum(y * n) / 1e6, sum(n * n), count(*)) as variance,
        count(*) as users,
        max(newest_at) as newest_at
    from by_user
    group by last_day, segment
),

sorted as (
    select
        days.last_day,
        inputs.segment,
        list_sort(list(values_seen.micros)) as ordered
    from days
    inner join inputs
        on inputs.day between days.last_day - ($window_days::integer - 1) and days.last_day
    inner join values_seen
        on inputs.conversation_id = values_seen.conversation_id
    where $statistic <> 'mean'
    group by days.last_day, inputs.segment
),

final as (
    select
        means.last_day as day,
        means.segment,
        case
            when $statistic = 'mean' then round(means.average, 6)
            else sorted.ordered[cast(ceil(cast(substr($statistic, 2) as integer) / 100 * len(sorted.ordered)) as bigint)] / 1e6
        end as value,
        round(means.average, 6) as mean,
        if($metric like '%_rate', rate_low(average, variance, n, nn, users), mean_low(average, variance, users, -1e300)) as low,
        if($metric like '%_rate', rate_high(average, variance, n, nn, users), mean_high(average, variance, users, 1e300)) as high,
        cast(means.n as bigint) as conversation_count,
        means.newest_at
    from means
    left join sorted
        on
            means.last_day = sorted.last_day
            and means.segment is not distinct from sorted.segment
)

select * from final
order by day asc, segment asc
