-- What: how long answers took, in five figures.
-- Grain: one row, always.
-- Units: milliseconds; slow 0..1 = share of measured answers over $threshold_ms, slow_variance of that share, linearised over users,
-- slow_count = measured answers.
-- NULLs: all but the counts where nothing was measured.
with answers as (
    select
        coalesce(conversations.user_key, conversations.conversation_id) as person,
        turns.latency_ms,
        (turns.latency_ms > $threshold_ms)::integer as is_slow
    from turns
    inner join production_conversations as conversations on turns.conversation_id = conversations.conversation_id
    where
        conversations.week = $week
        and turns.role = 'assistant'
),

per_person as (
    select
        coalesce(sum(is_slow), 0) as y,
        count(latency_ms) as n
    from answers
    group by person
),

spread as (
    select round(ratio_variance(
        sum(y), sum(n), sum(y * y), sum(y * n), sum(n * n), count(*) filter (where n > 0)
    ), 12) as slow_variance
    from per_person
),

sums as (
    select
        count(*) as response_count,
        count(latency_ms) as slow_count,
        sum(is_slow) / nullif(count(latency_ms), 0) as slow,
        quantile_disc(latency_ms, 0.5) as median_ms,
        quantile_disc(latency_ms, 0.95) as p95_ms
    from answers
),

final as (
    select
        sums.response_count,
        sums.slow_count,
        round(sums.slow, 9) as slow,
        spread.slow_variance,
        sums.median_ms,
        sums.p95_ms
    from sums
    cross join spread
)

select * from final
