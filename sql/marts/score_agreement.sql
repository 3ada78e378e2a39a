-- What: how far each scorer agrees with annotators.
-- Grain: one row per metric, scorer and version of it with a label.
-- Units: good is .5 and above, for label and score; agreement 0..1, kappa −1..1 (Cohen) and bias (score − label) are
--        weighted, so that they speak for all responses; spearman and the four counts are of the labelled ones.
-- NULLs: kappa where both call all of them good, or all bad; spearman with one label, or where either never varies.
-- Method: as upturn.calibration.agreement, which names its sources; a test holds them together.
with labelled as (
    select
        metric,
        scorer,
        scorer_version,
        score,
        label,
        label_weight as weight,
        score >= 0.5 as is_scored_good,
        label >= 0.5 as is_labelled_good,
        rank() over by_score + (count(*) over same_score - 1) / 2 as score_rank,
        rank() over by_label + (count(*) over same_label - 1) / 2 as label_rank
    from labelled_scores
    where label is not null
    window
        by_score as (partition by metric, scorer, scorer_version order by score),
        by_label as (partition by metric, scorer, scorer_version order by label),
        same_score as (partition by metric, scorer, scorer_version, score),
        same_label as (partition by metric, scorer, scorer_version, label)
),

sums as (
    select
        metric,
        scorer,
        scorer_version,
        sum(weight) as total,
        sum(weight) filter (where is_scored_good = is_labelled_good) as agreeing,
        coalesce(sum(weight) filter (where is_scored_good), 0) as scored_good,
        coalesce(sum(weight) filter (where is_labelled_good), 0) as labelled_good,
        sum(weight * (score - label)) as excess,
        count(*) filter (where is_scored_good and is_labelled_good) as both_good_count,
        count(*) filter (where not is_scored_good and not is_labelled_good) as both_bad_count,
        count(*) filter (where is_scored_good and not is_labelled_good) as too_kind_count,
        count(*) filter (where not is_scored_good and is_labelled_good) as too_harsh_count,
        case
            when min(score_rank) < max(score_rank) and min(label_rank) < max(label_rank)
                then corr(score_rank, label_rank)
        end as spearman
    from labelled
    group by metric, scorer, scorer_version
),

shares as (
    select
        *,
        coalesce(agreeing, 0) / total as agreement,
        (labelled_good * scored_good + (total - labelled_good) * (total - scored_good)) / (total * total) as expected
    from sums
),

final as (
    select
        metric,
        scorer,
        scorer_version,
        round(agreement, 6) as agreement,
        round(case when expected < 1 - 1e-12 then (agreement - expected) / (1 - expected) end, 6) as kappa,
        round(spearman, 6) as spearman,
        round(excess / total, 6) as bias,
        both_good_count,
        both_bad_count,
        too_kind_count,
        too_harsh_count
    from shares
)

select * from final
