-- What: each week's mean score by the judge over all responses, from a sample; `judge_quality` rounds and corrects it.
-- Grain: one row per week of the day judged (team's time zone) and metric with a judged response.
-- Units: as `judge_quality`; margin: half of the 90 % interval. Rule: judge.estimating.judge_rate.
-- NULLs: score: nothing was scored; margin (t; 3 / effective conversations where all are alike): fewer than two conversations.
with asked as (
    select distinct
        week,
        metric
    from judged_responses
),

known as (
    select distinct
        week,
        metric,
        stratum,
        cell
    from judged_responses
),

sizes as (
    select
        asked.week,
        asked.metric,
        known.cell,
        sum(strata.conversation_weight) as size
    from asked
    inner join judge_strata as strata on asked.week = strftime(strata.day, '%G-W%V')
    left join known
        on asked.week = known.week and asked.metric = known.metric and strata.stratum = known.stratum
    group by asked.week, asked.metric, known.cell
),

means as (
    select
        week,
        metric,
        cell,
        sum(weight) filter (where score is not null) as weight,
        sum(score * weight) / sum(weight) filter (where score is not null) as mean,
        coalesce(sum(score * weight), 0) / sum(weight) as mean_bad,
        sum(coalesce(score, 1) * weight) / sum(weight) as mean_good
    from judged_responses
    group by week, metric, cell
),

shares as (
    select
        means.*,
        coalesce(sizes.size, 1) / sum(coalesce(sizes.size, 1)) over one_week as share_all,
        coalesce(sizes.size, 1)
        / nullif(sum(coalesce(sizes.size, 1)) filter (where means.mean is not null) over one_week, 0) as share
    from means
    left join sizes
        on means.week = sizes.week and means.metric = sizes.metric and means.cell is not distinct from sizes.cell
    window one_week as (partition by means.week, means.metric)
),

residuals as (
    select
        judged.week,
        judged.metric,
        judged.conversation_id,
        sum(shares.share * judged.weight * (judged.score - shares.mean) / shares.weight) as residual,
        sum(shares.share * judged.weight / shares.weight) as part
    from judged_responses as judged
    inner join shares
        on judged.week = shares.week and judged.metric = shares.metric and judged.cell is not distinct from shares.cell
    where judged.score is not null
    group by judged.week, judged.metric, judged.conversation_id
),

errors as (
    select
        week,
        metric,
        case
            when count(*) > 1 and sum(residual * residual) * count(*) / (count(*) - 1) < 1e-18
                then 3 * sum(part * part)
            else t_of(count(*)) * sqrt(sum(residual * residual) * count(*) / nullif(count(*) - 1, 0))
        end as margin
    from residuals
    group by week, metric
),

scores as (
    select
        week,
        metric,
        sum(share * mean) as score,
        sum(share_all * mean_bad) as score_if_unscored_bad,
        sum(share_all * mean_good) as score_if_unscored_good
    from shares
    group by week, metric
),

totals as (
    select
        week,
        metric,
        count(score) as scored_count,
        count(*) - count(score) as unscored_count,
        round(coalesce(sum(cost_usd), 0), 6) as cost_usd
    from judged_responses
    group by week, metric
),

final as (
    select
        totals.*,
        scores.score,
        errors.margin,
        scores.score_if_unscored_bad,
        scores.score_if_unscored_good
    from totals
    left join scores on totals.week = scores.week and totals.metric = scores.metric
    left join errors on totals.week = errors.week and totals.metric = errors.metric
)

select * from final
