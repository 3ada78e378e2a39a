-- What: the paths that conversations take: what the user wanted, the tools that were called, a person, how it ended; and how many
--   of each path were completed. Order by failure_count for the most common ways to fail.
-- Grain: one row per week, assistant, topic and path of a judged conversation.
-- Units: rates 0..1 with a 90 % interval clustered by user, as in `behaviour`.
-- Steps: the first six; the same step in a row counts once; a failed conversation is followed to the turn where it went wrong.
-- NULLs: topic_id NULL: no topic yet; low and high where fewer than two users.
-- Column week: ISO week of the start.
-- Column assistant_id: the assistant.
-- Column topic_id: the topic.
-- Column path: topic title and steps, such as "refund status > lookup_order > lookup_order failed > person".
-- Column conversation_count: judged conversations on this path.
-- Column failure_count: those that failed.
-- Column completion_rate: the share that did not.
-- Column low: lower end of its interval.
-- Column high: upper end of its interval.
with judged as (
    select
        behaviour.conversation_id,
        behaviour.week,
        behaviour.assistant_id,
        behaviour.topic_id,
        behaviour.user_group,
        behaviour.is_success,
        coalesce(topics.title, 'no topic') as title,
        failures.failed_turn_index
    from conversation_behaviour as behaviour
    inner join failures
        on behaviour.conversation_id = failures.conversation_id
    left join topics
        on behaviour.topic_id = topics.topic_id
),

steps as (
    select
        judged.conversation_id,
        turns.turn_index,
        case
            when turns.role = 'agent' then 'person'
            when turns.role = 'tool' and turns.error_type is null then null
            when turns.role = 'tool' then coalesce(turns.tool_name, 'tool') || ' failed'
            when len(turns.tool_calls ->> '$[*].name') > 0 then array_to_string(turns.tool_calls ->> '$[*].name', ' + ')
            when turns.error_type is not null then 'error'
            else 'answer'
        end as step
    from judged
    inner join turns
        on judged.conversation_id = turns.conversation_id
    where
        turns.role in ('assistant', 'agent', 'tool')
        and turns.turn_index <= coalesce(judged.failed_turn_index, turns.turn_index)
),

changes as (
    select
        conversation_id,
        turn_index,
        step
    from steps
    where step is not null
    qualify step is distinct from lag(step) over (partition by conversation_id order by turn_index asc)
),

paths as (
    select
        conversation_id,
        array_to_string(list(step order by turn_index asc)[1:6], ' > ') as steps
    from changes
    group by conversation_id
),

by_user as (
    select
        judged.week,
        judged.assistant_id,
        judged.topic_id,
        concat_ws(' > ', judged.title, paths.steps) as path,
        judged.user_group,
        count(*) as n,
        count(*) filter (where judged.is_success) as y
    from judged
    left join paths
        on judged.conversation_id = paths.conversation_id
    group by all
),

summed as (
    select
        week,
        assistant_id,
        topic_id,
        path,
        sum(n) as n,
        sum(y) as y,
        sum(n * n) as nn,
        count(*) as users,
        ratio_variance(sum(y), sum(n), sum(y * y), sum(y * n), sum(n * n), count(*)) as variance
    from by_user
    group by week, assistant_id, topic_id, path
),

final as (
    select
        week,
        assistant_id,
        topic_id,
        path,
        cast(n as bigint) as conversation_count,
        cast(n - y as bigint) as failure_count,
        round(y / n, 6) as completion_rate,
        rate_low(y / n, variance, n, nn, users) as low,
        rate_high(y / n, variance, n, nn, users) as high
    from summed
)

select * from final
