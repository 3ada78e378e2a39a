-- What: how well each week's conversations went.
-- Grain: one row per week of the start (team's time zone) with a closed production conversation.
-- Units: rates and scores 0..1; judged_count: conversations with a failure probability. Rule metrics come from every
--        response, helpfulness, accuracy and relevance from the judge's sample, weighted by its probabilities.
-- NULLs: a rate or score of nothing is NULL; satisfaction is the mean among those who answered.
with means as (
    select
        week,
        metric,
        scorer,
        round(sum(weighted_score) / nullif(sum(weight), 0), 6) as mean_score
    from conversation_scores
    group by week, metric, scorer
),

scores as (
    select
        week,
        max(mean_score) filter (where metric = 'coherence' and scorer = 'rule') as coherence,
        max(mean_score) filter (where metric = 'completeness' and scorer = 'rule') as completeness,
        max(mean_score) filter (where metric = 'efficiency' and scorer = 'rule') as efficiency,
        max(mean_score) filter (where metric = 'safety' and scorer = 'rule') as safety,
        max(mean_score) filter (where metric = 'helpfulness' and scorer = 'judge') as helpfulness,
        max(mean_score) filter (where metric = 'accuracy' and scorer = 'judge') as accuracy,
        max(mean_score) filter (where metric = 'relevance' and scorer = 'judge') as relevance
    from means
    group by week
),

counts as (
    select
        conversations.week,
        count(*) as conversation_count,
        count(failures.conversation_id) as judged_count,
        count(*) filter (where failures.is_failure) as failure_count,
        count(*) filter (where conversations.outcome = 'escalated') as escalated_count,
        count(conversations.satisfaction) as answered_count,
        round(sum(conversations.satisfaction) / nullif(count(conversations.satisfaction), 0), 6) as satisfaction
    from production_conversations as conversations
    left join failures
        on conversations.conversation_id = failures.conversation_id
    group by conversations.week
),

final as (
    select
        counts.week,
        counts.conversation_count,
        counts.judged_count,
        counts.failure_count,
        round(counts.failure_count / nullif(counts.judged_count, 0), 6) as failure_rate,
        round(1 - counts.failure_count / nullif(counts.judged_count, 0), 6) as success_rate,
        round(counts.escalated_count / counts.conversation_count, 6) as escalation_rate,
        counts.answered_count,
        counts.satisfaction,
        scores.coherence,
        scores.completeness,
        scores.efficiency,
        scores.safety,
        scores.helpfulness,
        scores.accuracy,
        scores.relevance
    from counts
    left join scores
        on counts.week = scores.week
)

select * from final
