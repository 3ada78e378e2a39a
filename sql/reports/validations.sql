-- What: what the checks said of the batches of the week; in the newest week also of those loaded since.
-- Grain: one row per suite with batches from $monday on.
-- Units: counts of expectations, of those that failed, of rows looked at and refused; failed names the failed ones.
-- NULLs: failed where all held.
select
    suite,
    count(*) as expectation_count,
    count(*) filter (where not is_success) as failed_count,
    max(evaluated_count) as evaluated_count,
    sum(unexpected_count)::bigint as unexpected_count,
    string_agg(distinct expectation, ', ' order by expectation) filter (where not is_success) as failed
from validations
where
    day >= $monday
    and (
        day <= $sunday
        or not exists (
            select 1 from conversations
            where conversations.day > $sunday
        )
    )
group by suite
order by suite
