-- What: what shipped fixes, measured to the end before $until, closed of the gap that their prediction was frozen with.
-- Grain: one row per fix.
-- Units: value: share of the gap, 1 is all of it; error: its standard error, from the effect's 90 % interval.
-- NULLs: none; a fix without a gap, or whose interval has no width, has no row.
select
    category,
    closed_share as value,
    (effect_high - effect_low) / (3.289708 * abs(gap)) as error
from prediction_record
where
    metric = 'success_rate'
    and measured_at < $until
    and closed_share is not null
    and effect_high > effect_low
order by category, value, error
