-- What: how the assistants did, week by week.
-- Grain: one row per week from $first_week to $week that has conversations.
-- Units: success 0..1 = 1 - failure_probability; satisfaction 0..1 among those who volunteered it; variances are of the
-- mean, linearised over users (a user without a key stands for one conversation); counts are conversations.
-- NULLs: success where nothing was detected yet, satisfaction where nobody rated, variances with fewer than two users.
with chosen as (
    select
        conversations.week,
        coalesce(conversations.user_key, conversations.conversation_id) as person,
        conversations.turn_count,
        conversations.outcome,
        1 - failures.failure_probability as success,
        conversations.satisfaction
    from production_conversations as conversations
    left join failures on conversations.conversation_id = failures.conversation_id
    where conversations.week between $first_week and $week
),

per_person as (
    select
        week,
        person,
        count(*) as conversations,
        sum(turn_count) as turns,
        count(*) filter (where outcome = 'escalated') as escalated,
        count(success) as judged,
        coalesce(sum(success), 0) as successes,
        count(satisfaction) as rated,
        coalesce(sum(satisfaction), 0) as satisfactions
    from chosen
    group by week, person
),

sums as (
    select
        week,
        sum(conversations)::bigint as conversation_count,
        count(*) as user_count,
        sum(turns)::bigint as turn_count,
        sum(escalated)::bigint as escalated_count,
        sum(judged)::bigint as success_count,
        sum(successes) / nullif(sum(judged), 0) as success,
        count(*) filter (where judged > 0) as judged_users,
        sum(successes * successes) as success_squares,
        sum(successes * judged) as success_products,
        sum(judged * judged) as judged_squares,
        sum(rated)::bigint as satisfaction_count,
        sum(satisfactions) / nullif(sum(rated), 0) as satisfaction,
        count(*) filter (where rated > 0) as rated_users,
        sum(satisfactions * satisfactions) as satisfaction_squares,
        sum(satisfactions * rated) as satisfaction_products,
        sum(rated * rated) as rated_squares
    from per_person
    group by week
),

final as (
    select
        week,
        conversation_count,
        user_count,
        turn_count,
        escalated_count,
        round(success, 9) as success,
        round(
            (success_squares - 2 * success * success_products + success * success * judged_squares)
            / nullif(success_count * success_count, 0)
            * judged_users / nullif(judged_users - 1, 0),
            12
        ) as success_variance,
        success_count,
        round(satisfaction, 9) as satisfaction,
        round(
            (
                satisfaction_squares
                - 2 * satisfaction * satisfaction_products
                + satisfaction * satisfaction * rated_squares
            )
            / nullif(satisfaction_count * satisfaction_count, 0)
            * rated_users / nullif(rated_users - 1, 0),
            12
        ) as satisfaction_variance,
        satisfaction_count
    from sums
)

select * from final
order by week
