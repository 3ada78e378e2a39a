-- What: quality by week, metric and scorer, each conversation counting once.
-- Grain: one row per week, metric and scorer from $first_week to $week.
-- Units: score 0..1, a Hajek mean: a response of a conversation with m responses weighs 1 / (inclusion probability x m);
-- score_variance is of that mean, linearised over users; score_count is conversations; responses are counted beside.
-- NULLs: unscored responses are counted in unscored_count and weigh nothing; variance is NULL with fewer than two users.
-- Source: Hajek (1971), as in Sarndal, Swensson and Wretman, Model Assisted Survey Sampling, 5.7.
with chosen as (
    select
        conversation_id,
        week,
        coalesce(user_key, conversation_id) as person
    from production_conversations
    where week between $first_week and $week
),

responses as (
    select
        turns.conversation_id,
        count(*) as response_count
    from turns
    semi join chosen on turns.conversation_id = chosen.conversation_id
    where turns.role = 'assistant'
    group by turns.conversation_id
),

per_conversation as (
    select
        conversation_id,
        metric,
        scorer,
        coalesce(sum(1 / inclusion_probability) filter (where score is not null), 0) as weight,
        coalesce(sum(score / inclusion_probability), 0) as total,
        count(score) as scored,
        count(*) - count(score) as unscored
    from response_scores
    where inclusion_probability > 0
    group by conversation_id, metric, scorer
),

per_person as (
    select
        chosen.week,
        per_conversation.metric,
        per_conversation.scorer,
        chosen.person,
        sum(per_conversation.weight / responses.response_count) as weight,
        sum(per_conversation.total / responses.response_count) as total,
        count(*) filter (where per_conversation.scored > 0) as conversations,
        sum(per_conversation.scored)::bigint as scored,
        sum(per_conversation.unscored)::bigint as unscored
    from chosen
    inner join per_conversation on chosen.conversation_id = per_conversation.conversation_id
    inner join responses on chosen.conversation_id = responses.conversation_id
    group by chosen.week, per_conversation.metric, per_conversation.scorer, chosen.person
),

sums as (
    select
        week,
        metric,
        scorer,
        sum(weight) as weight,
        sum(total) / nullif(sum(weight), 0) as score,
        sum(total * total) as squares,
        sum(total * weight) as products,
        sum(weight * weight) as weight_squares,
        count(*) filter (where weight > 0) as users,
        sum(conversations)::bigint as score_count,
        sum(scored)::bigint as response_count,
        sum(unscored)::bigint as unscored_count
    from per_person
    group by week, metric, scorer
),

final as (
    select
        week,
        metric,
        scorer,
        round(score, 9) as score,
        round(
            (squares - 2 * score * products + score * score * weight_squares)
            / nullif(weight * weight, 0)
            * users / nullif(users - 1, 0),
            12
        ) as score_variance,
        score_count,
        response_count,
        unscored_count
    from sums
)

select * from final
order by metric, scorer, week
