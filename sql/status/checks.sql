-- What: expectations that failed on the newest day that was checked.
-- Grain: one row per suite and expectation.
-- Units: counts of rows; unexpected_rate 0..1.
select
    day,
    suite,
    expectation,
    unexpected_count,
    unexpected_rate
from validation_summary
where
    failed_batch_count > 0
    and day = (select max(validations.day) from validations)
order by suite asc, expectation asc
