-- What: how long answers took, in five figures.
-- Grain: one row, always.
-- Units: milliseconds; slow 0..1 = share of measured answers over $threshold_ms, slow_variance of that share,
-- slow_count = measured answers.
-- NULLs: all but the counts where nothing was measured.
with answers as (
    select
        turns.latency_ms,
        (turns.latency_ms > $threshold_ms)::integer as is_slow
    from turns
    inner join production_conversations as conversations on turns.conversation_id = conversations.conversation_id
    where
        conversations.week = $week
        and turns.role = 'assistant'
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
        response_count,
        slow_count,
        round(slow, 9) as slow,
        round(slow * (1 - slow) / nullif(slow_count, 0), 12) as slow_variance,
        median_ms,
        p95_ms
    from sums
)

select * from final
