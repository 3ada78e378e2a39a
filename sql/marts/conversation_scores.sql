-- What: the scores of each conversation, so that a long one counts no more than a short one.
-- Grain: one row per closed production conversation, metric and scorer with at least one score.
-- Units: weight = 1 where every response was to be scored (rules), which then is the mean over those with a score; else the
--        sum of 1 / (inclusion probability × responses with text); weighted_score = weight × score, summed: their ratio
--        over many conversations is the mean score, 0..1.
-- NULLs: unscored responses are left out; turns that only call tools are no responses.
with responses as (
    select
        conversation_id,
        count(*) as response_count
    from turns
    where role = 'assistant' and regexp_matches(content, '[\pL\pN]')
    group by conversation_id
),

scored as (
    select
        scores.conversation_id,
        conversations.day,
        conversations.week,
        scores.metric,
        scores.scorer,
        scores.score,
        scores.inclusion_probability * case
            when scores.scorer = 'rule'
                then count(*) over (partition by scores.conversation_id, scores.metric, scores.scorer)
            else responses.response_count
        end as share
    from response_scores as scores
    inner join production_conversations as conversations
        on scores.conversation_id = conversations.conversation_id
    left join responses
        on scores.conversation_id = responses.conversation_id
    where
        scores.score is not null
        and scores.inclusion_probability > 0
),

final as (
    select
        conversation_id,
        day,
        week,
        metric,
        scorer,
        count(*) as scored_count,
        round(sum(score / share), 9) as weighted_score,
        round(sum(1 / share), 9) as weight
    from scored
    where share > 0
    group by conversation_id, day, week, metric, scorer
)

select * from final
