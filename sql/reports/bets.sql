-- What: how well the predictions of shipped fixes held, over all that were measured to the end by $week_end.
-- Grain: one row.
-- Units: points of the success rate on the exposed, −1..1; error = measured minus predicted, 90 % interval by Student's t.
-- NULLs: means without such a fix, the interval with fewer than two or where their errors are all alike.
select
    count(*) as fix_count,
    count(*) filter (where is_as_predicted) as as_predicted_count,
    count(is_as_predicted) as judged_count,
    avg(predicted) as predicted,
    avg(effect) as effect,
    avg(error) as error,
    mean_low(avg(error), var_samp(error) / count(*), count(*), -2) as error_low,
    mean_high(avg(error), var_samp(error) / count(*), count(*), 2) as error_high
from prediction_record
where metric = 'success_rate' and predicted is not null and measured_at <= $week_end
