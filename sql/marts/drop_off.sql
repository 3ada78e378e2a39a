-- What: at which message users give up: of those who write an n-th message, how many write no other and were not served.
-- Grain: one row per week, assistant and message number that a judged conversation reached.
-- Units: rates 0..1 with a 90 % interval clustered by user, as in `behaviour`.
-- NULLs: low and high where fewer than two users. A conversation without a message of its user is left out.
-- Column week: ISO week of the start.
-- Column assistant_id: the assistant.
-- Column message_number: the user's message, from 1.
-- Column reached_count: judged conversations with such a message.
-- Column ended_count: those in which it was the last.
-- Column dropped_count: those of them that failed.
-- Column drop_off_rate: dropped_count per reached_count.
-- Column low: lower end of the interval.
-- Column high: upper end of the interval.
with lengths as (
    select
        behaviour.conversation_id,
        behaviour.week,
        behaviour.assistant_id,
        behaviour.user_group,
        behaviour.is_success,
        talk.user_count
    from conversation_behaviour as behaviour
    inner join turn_taking as talk
        on behaviour.conversation_id = talk.conversation_id
    where
        behaviour.is_success is not null
        and talk.user_count > 0
),

reached as (
    select
        *,
        unnest(generate_series(1, user_count)) as message_number
    from lengths
),

by_user as (
    select
        week,
        assistant_id,
        message_number,
        user_group,
        count(*) as n,
        count(*) filter (where message_number = user_count) as ended,
        count(*) filter (where message_number = user_count and not is_success) as y
    from reached
    group by week, assistant_id, message_number, user_group
),

summed as (
    select
        week,
        assistant_id,
        message_number,
        sum(n) as n,
        sum(ended) as ended,
        sum(y) as y,
        sum(n * n) as nn,
        count(*) as users,
        ratio_variance(sum(y), sum(n), sum(y * y), sum(y * n), sum(n * n), count(*)) as variance
    from by_user
    group by week, assistant_id, message_number
),

final as (
    select
        week,
        assistant_id,
        message_number,
        cast(n as bigint) as reached_count,
        cast(ended as bigint) as ended_count,
        cast(y as bigint) as dropped_count,
        round(y / n, 6) as drop_off_rate,
        rate_low(y / n, variance, n, nn, users) as low,
        rate_high(y / n, variance, n, nn, users) as high
    from summed
)

select * from final
