-- What: how well predictions held, over all fixes that were measured to the end, and by category.
-- Grain: one row per category and metric, and one for all of them together, whose category is 'all'.
-- Units: points of the metric on the exposed, −1..1; mean_error = measured minus predicted, with its 90 % interval (Student's t
--        over fixes); as_predicted_count: fixes whose error's interval holds 0, of which 90 % should.
-- NULLs: the interval with fewer than two fixes or where their errors are all alike.
with chosen as (
    select
        category,
        metric,
        predicted,
        effect,
        error,
        is_as_predicted,
        closed_share
    from prediction_record
    where predicted is not null
    union all by name
    select
        'all' as category,
        metric,
        predicted,
        effect,
        error,
        is_as_predicted,
        closed_share
    from prediction_record
    where predicted is not null
),

final as (
    select
        category,
        metric,
        count(*) as fix_count,
        round(avg(predicted), 6) as mean_predicted,
        round(avg(effect), 6) as mean_effect,
        round(avg(error), 6) as mean_error,
        mean_low(avg(error), var_samp(error) / count(*), count(*), -2) as mean_error_low,
        mean_high(avg(error), var_samp(error) / count(*), count(*), 2) as mean_error_high,
        count(is_as_predicted) as judged_count,
        count(*) filter (where is_as_predicted) as as_predicted_count,
        round(avg(closed_share), 6) as mean_closed_share
    from chosen
    group by category, metric
)

select * from final
