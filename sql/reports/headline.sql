-- What: how the assistants did, week by week.
-- Grain: one row per week from $first_week to $week that has conversations.
-- Units: success 0..1 = 1 - failure_probability; satisfaction 0..1 among those who volunteered it; variances are of the
-- mean, linearised over users (a user without a key stands for one conversation); counts are conversations. user_count: users
-- with a key; nameless_count: conversations without one. told: share of outcome resolved where the source says how it ended.
-- told_success: the estimated success of those.
-- NULLs: success where nothing was detected yet, satisfaction where nobody rated, variances with fewer than two users.
with chosen as (
    select
        conversations.week,
        coalesce(conversations.user_key, conversations.conversation_id) as person,
        conversations.turn_count,
        conversations.outcome,
        conversations.user_key is null as is_nameless,
        if(conversations.outcome is null, null, (conversations.outcome = 'resolved')::int) as told,
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
        bool_or(is_nameless) as is_nameless,
        count(told) filter (where success is not null) as told,
        coalesce(sum(told) filter (where success is not null), 0) as resolved,
        coalesce(sum(success) filter (where told is not null), 0) as told_successes,
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
        count(*) filter (where not is_nameless) as user_count,
        count(*) filter (where is_nameless) as nameless_count,
        sum(turns)::bigint as turn_count,
        sum(escalated)::bigint as escalated_count,
        sum(judged)::bigint as success_count,
        sum(successes) / nullif(sum(judged), 0) as success,
        count(*) filter (where judged > 0) as judged_users,
        sum(successes * successes) as success_squares,
        sum(successes * judged) as success_products,
        sum(judged * judged) as judged_squares,
        sum(told)::bigint as told_count,
        sum(resolved) / nullif(sum(told), 0) as told,
        sum(told_successes) / nullif(sum(told), 0) as told_success,
        count(*) filter (where told > 0) as told_users,
        sum(resolved * resolved) as told_squares,
        sum(resolved * told) as told_products,
        sum(told * told) as told_count_squares,
        sum(told_successes * told_successes) as told_success_squares,
        sum(told_successes * told) as told_success_products,
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
        nameless_count,
        turn_count,
        escalated_count,
        round(success, 9) as success,
        round(ratio_variance(
            success * success_count, success_count, success_squares, success_products, judged_squares, judged_users
        ), 12) as success_variance,
        success_count,
        round(told, 9) as told,
        round(ratio_variance(
            told * told_count, told_count, told_squares, told_products, told_count_squares, told_users
        ), 12) as told_variance,
        told_count,
        round(told_success, 9) as told_success,
        round(ratio_variance(
            told_success * told_count, told_count,
            told_success_squares, told_success_products, told_count_squares, told_users
        ), 12) as told_success_variance,
        told_count as told_success_count,
        round(satisfaction, 9) as satisfaction,
        round(ratio_variance(
            satisfaction * satisfaction_count, satisfaction_count,
            satisfaction_squares, satisfaction_products, rated_squares, rated_users
        ), 12) as satisfaction_variance,
        satisfaction_count
    from sums
)

select * from final
order by week
