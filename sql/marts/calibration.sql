-- What: how far each scorer is from people, and its mean score corrected by their labels.
-- Grain: one row per metric, scorer and version of it with a score in the population that labels were drawn from.
-- Units: scores, agreement 0..1; kappa, spearman, bias (score − label), bias_change −1..1; days of the team's zone.
-- NULLs: agreement and what follows it NULL without labels; bias_change: the bias minus that of the version before (by
--        its first day), NULL for the first.
with days as (
    select
        metric,
        scorer,
        scorer_version,
        min(day) as first_day,
        max(day) as last_day
    from labelled_scores
    group by metric, scorer, scorer_version
),

final as (
    select
        corrected.metric,
        corrected.scorer,
        corrected.scorer_version,
        days.first_day,
        days.last_day,
        corrected.scored_count,
        corrected.label_count,
        agreed.agreement,
        agreed.kappa,
        agreed.spearman,
        agreed.bias,
        round(agreed.bias - lag(agreed.bias) over by_version, 6) as bias_change,
        agreed.both_good_count,
        agreed.both_bad_count,
        agreed.too_kind_count,
        agreed.too_harsh_count,
        corrected.mean_score,
        corrected.corrected,
        corrected.corrected_low,
        corrected.corrected_high,
        corrected.power,
        corrected.labels_to_halve
    from corrected_scores as corrected
    inner join days using (metric, scorer, scorer_version)
    left join score_agreement as agreed using (metric, scorer, scorer_version)
    window by_version as (
        partition by corrected.metric, corrected.scorer
        order by days.first_day, corrected.scorer_version
    )
)

select * from final
