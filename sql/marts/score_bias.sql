-- What: how far each scorer is from annotators on average, so that a rate of any week can be corrected by it.
-- Grain: one row per metric, scorer and version of it with a label drawn at random.
-- Units: bias = what annotators say minus what the scorer says, −1..1, each conversation counting once; variance is of that
--        mean, over users; critical: the 95 % point of Student's t; label_count: labels; user_count: users with a label.
-- NULLs: variance with fewer than 5 labelled users.
-- Method: as upturn.calibration.correction.corrected_mean with power 1: the same residuals, leverage and rule of three.
with means as (
    select
        metric,
        scorer,
        scorer_version,
        count(*) as label_count,
        sum(label_weight) as label_total,
        sum(label_weight * label_weight) as label_squares,
        sum(label_weight * (label - score)) / sum(label_weight) as bias
    from labelled_scores
    where label is not null
    group by metric, scorer, scorer_version
),

units as (
    select
        scores.metric,
        scores.scorer,
        scores.scorer_version,
        sum(scores.label_weight * (scores.label - scores.score - means.bias) / means.label_total) as residual,
        sum(scores.label_weight / means.label_total) as share
    from labelled_scores as scores
    inner join means using (metric, scorer, scorer_version)
    where scores.label is not null
    group by scores.metric, scores.scorer, scores.scorer_version, scores.unit
),

sums as (
    select
        metric,
        scorer,
        scorer_version,
        count(*) as user_count,
        t_of(count(*)) as critical,
        sum(pow(residual / greatest(0.1, 1 - share), 2)) as variance
    from units
    group by metric, scorer, scorer_version
),

final as (
    select
        sums.metric,
        sums.scorer,
        sums.scorer_version,
        means.label_count,
        sums.user_count,
        round(means.bias, 9) as bias,
        case
            when sums.user_count < 5 then null
            when sums.variance < 1e-15
                then pow(3 * means.label_squares / (means.label_total * means.label_total) / sums.critical, 2)
            else sums.variance
        end as variance,
        sums.critical
    from sums
    inner join means using (metric, scorer, scorer_version)
)

select * from final
