-- What: each week's quality by the judge: a mean over all responses from a sample of them, with its 90 % interval.
-- Grain: one row per week of the day judged (team's time zone) and metric with a judged response.
-- Units: scores 0..1, each conversation counting once; score_if_unscored_bad and _good: if the unscored deserved 0, or 1.
--        corrected: the score and how far labels say the judge is off, whatever week they are of (`score_bias`).
-- NULLs: corrected where a version of the judge has no label, its interval with fewer than 5 labelled users; score where
--        nothing was scored, its interval with fewer than two conversations.
with versions as (
    select
        week,
        metric,
        scorer_version,
        sum(weight) / sum(sum(weight)) over (partition by week, metric) as share
    from judged_responses
    where score is not null
    group by week, metric, scorer_version
),

biases as (
    select
        versions.week,
        versions.metric,
        case when count(*) = count(score_bias.bias) then sum(versions.share * score_bias.bias) end as bias,
        case
            when count(*) = count(score_bias.variance)
                then sum(pow(versions.share * score_bias.critical, 2) * score_bias.variance)
        end as square
    from versions
    left join score_bias
        on
            versions.metric = score_bias.metric
            and versions.scorer_version = score_bias.scorer_version
            and score_bias.scorer = 'judge'
    group by versions.week, versions.metric
),

final as (
    select
        means.week,
        means.metric,
        round(means.score, 6) as score,
        if(means.margin is null, null, round(greatest(0, means.score - means.margin), 6)) as score_low,
        if(means.margin is null, null, round(least(1, means.score + means.margin), 6)) as score_high,
        round(means.score_if_unscored_bad, 6) as score_if_unscored_bad,
        round(means.score_if_unscored_good, 6) as score_if_unscored_good,
        means.scored_count,
        means.unscored_count,
        means.cost_usd,
        round(least(1, greatest(0, means.score + biases.bias)), 6) as corrected,
        round(means.score + biases.bias - sqrt(means.margin * means.margin + biases.square), 6) as low,
        round(means.score + biases.bias + sqrt(means.margin * means.margin + biases.square), 6) as high,
        if(low is null, null, greatest(0, low)) as corrected_low,
        if(high is null, null, least(1, high)) as corrected_high
    from judge_means as means
    left join biases on means.week = biases.week and means.metric = biases.metric
)

select * exclude (low, high) from final
