-- What: each scorer's mean score, and what it is once labels have corrected it, with its 90 % interval.
-- Grain: one row per metric, scorer and version of it with a score in the population that labels were drawn from.
-- Units: 0..1; power 0..1: how far the scores are trusted; labels_to_halve: labels more that would halve the interval.
-- NULLs: corrected NULL without labels; its interval with fewer than 5 labelled users; labels_to_halve also where
--        labelling all of the population would not do.
-- Method: as upturn.calibration.correction.corrected_mean, which names its sources; a test holds them together.
with means as (
    select
        metric,
        scorer,
        scorer_version,
        count(*) as scored_count,
        count(label) as label_count,
        sum(weight) as score_total,
        sum(weight * score) / sum(weight) as mean_score,
        sum(label_weight) as label_total,
        sum(label_weight * label_weight) as label_squares,
        sum(label_weight * score) / sum(label_weight) as labelled_mean_score,
        sum(label_weight * label) / sum(label_weight) as mean_label
    from labelled_scores
    group by metric, scorer, scorer_version
),

units as (
    select
        scores.metric,
        scores.scorer,
        scores.scorer_version,
        sum(scores.weight * (scores.score - means.mean_score) / means.score_total) as p,
        coalesce(sum(scores.label_weight * (scores.label - means.mean_label) / means.label_total), 0) as y,
        coalesce(sum(scores.label_weight * (scores.score - means.labelled_mean_score) / means.label_total), 0) as f,
        coalesce(sum(scores.label_weight / means.label_total), 0) as share
    from labelled_scores as scores
    inner join means using (metric, scorer, scorer_version)
    group by scores.metric, scores.scorer, scores.scorer_version, scores.unit
),

tuned as (
    select
        *,
        sum((p - f) * (p - f)) over one as spread,
        count(*) filter (where share > 0) over one as unit_count,
        case when spread > 1e-15 then least(1, greatest(0, -sum((p - f) * y) over one / spread)) else 0 end as power
    from units
    window one as (partition by metric, scorer, scorer_version)
),

levered as (
    select
        *,
        greatest(0.1, 1 - share - case when spread > 1e-15 then (p - f) * (p - f) / spread else 0 end) as remainder
    from tuned
),

sums as (
    select
        metric,
        scorer,
        scorer_version,
        power,
        unit_count,
        1.644854 + 1.523862 / nullif(unit_count - 1, 0) + 1.420212 / nullif((unit_count - 1) ** 2, 0) as critical,
        sum((power * p + (y - power * f) / remainder) ** 2) as variance,
        sum(p * p) as pp,
        sum((y / remainder) ** 2) as yy,
        sum(y * f / (remainder * remainder)) as yf,
        sum((f / remainder) ** 2) as ff
    from levered
    group by metric, scorer, scorer_version, power, unit_count
),

floored as (
    select
        sums.*,
        means.* exclude (metric, scorer, scorer_version),
        case
            when yy - 2 * power * yf + power * power * ff < 1e-15
                then (3 * label_squares / (label_total * label_total) / critical) ** 2
            else 0
        end as least_variance,
        power * (mean_score - labelled_mean_score) + mean_label as corrected,
        case when unit_count >= 5 then critical * sqrt(variance + least_variance) end as half
    from sums
    inner join means using (metric, scorer, scorer_version)
),

final as (
    select
        metric,
        scorer,
        scorer_version,
        scored_count,
        label_count,
        round(mean_score, 6) as mean_score,
        round(corrected, 6) as corrected,
        case when half is not null then round(greatest(0, corrected - half), 6) end as corrected_low,
        case when half is not null then round(least(1, corrected + half), 6) end as corrected_high,
        case when label_count > 0 then round(power, 6) end as power,
        case
            when half is not null
                then list_min(list_transform(range(21), lambda step: (
                    label_count * (yy - step / 10 * yf + step * step / 400 * ff + least_variance)
                    / case
                        when (variance + least_variance) / 4 > step * step / 400 * pp
                            then (variance + least_variance) / 4 - step * step / 400 * pp
                    end
                )))
        end as needed,
        case when needed <= scored_count then greatest(0, ceil(needed - 1e-9) - label_count)::bigint
        end as labels_to_halve
    from floored
)

select * exclude (needed) from final
