-- What: the scores of each conversation, so that a long one counts no more than a short one.
-- Grain: one row per closed production conversation, metric and scorer with at least one score.
-- Units: weight = sum of 1 / (inclusion probability × responses of the conversation): 1 where all are scored;
--        weighted_score = the same sum times the score; their ratio over many conversations is the mean score, 0..1.
-- NULLs: unscored responses are left out.
with responses as (
    select
        conversation_id,
        count(*) as response_count
    from turns
    where role = 'assistant'
    group by conversation_id
),

final as (
    select
        scores.conversation_id,
        conversations.day,
        conversations.week,
        scores.metric,
        scores.scorer,
        count(*) as scored_count,
        round(sum(scores.score / (scores.inclusion_probability * responses.response_count)), 9) as weighted_score,
        round(sum(1 / (scores.inclusion_probability * responses.response_count)), 9) as weight
    from response_scores as scores
    inner join production_conversations as conversations
        on scores.conversation_id = conversations.conversation_id
    inner join responses
        on scores.conversation_id = responses.conversation_id
    where
        scores.score is not null
        and scores.inclusion_probability > 0
    group by scores.conversation_id, conversations.day, conversations.week, scores.metric, scores.scorer
)

select * from final
