-- What: how each expectation fared, by day.
-- Grain: one row per day, suite and expectation.
-- Units: counts of rows over the day's batches; unexpected_rate 0..1.
-- NULLs: a rate over no rows is NULL.
with final as (
    select
        day,
        suite,
        expectation,
        count(*) as batch_count,
        count(*) filter (where not is_success) as failed_batch_count,
        sum(evaluated_count) as evaluated_count,
        sum(unexpected_count) as unexpected_count,
        round(sum(unexpected_count) / nullif(sum(evaluated_count), 0), 6) as unexpected_rate
    from validations
    group by day, suite, expectation
)

select * from final
