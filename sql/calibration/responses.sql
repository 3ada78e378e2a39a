-- What: scored responses of closed production conversations that annotators could be asked about.
-- Grain: one row per response with a score, whose conversation's day is between $first_day and $last_day (inclusive).
-- Units: stratum: disagree (rule and judge at least .4 apart on one metric), poor (a score below .5), judged, other;
--        drawn_before 0..1, 0 where no draw chose it.
-- NULLs: a metric that only one of them scored can't disagree.
with scored as (
    select
        scores.conversation_id,
        scores.turn_index,
        scores.metric,
        max(scores.score) filter (where scores.scorer = 'rule') as rule_score,
        max(scores.score) filter (where scores.scorer = 'judge') as judge_score
    from response_scores as scores
    inner join production_conversations as conversations on scores.conversation_id = conversations.conversation_id
    where conversations.day between $first_day and $last_day and scores.score is not null
    group by scores.conversation_id, scores.turn_index, scores.metric
),

responses as (
    select
        conversation_id,
        turn_index,
        coalesce(max(abs(rule_score - judge_score)), 0) >= 0.4 as is_disputed,
        least(coalesce(min(rule_score), 1), coalesce(min(judge_score), 1)) < 0.5 as is_poor,
        count(judge_score) > 0 as is_judged
    from scored
    group by conversation_id, turn_index
)

select
    responses.conversation_id,
    responses.turn_index,
    case
        when responses.is_disputed then 'disagree'
        when responses.is_poor then 'poor'
        when responses.is_judged then 'judged'
        else 'other'
    end as stratum,
    coalesce(requests.inclusion_probability, 0) as drawn_before
from responses
left join label_requests as requests
    on concat_ws('#', responses.conversation_id, responses.turn_index) = requests.request_id
order by responses.conversation_id, responses.turn_index
