-- What: how conversations went, week by week, over all and by assistant, version, channel, persona and topic, each figure with its
--   90 % interval: resolution, containment, escalation, abandonment, rephrasing, repetition, context loss, errors, turns, times,
--   turn-taking, satisfaction, sentiment.
-- Grain: one row per week, segment (all, assistant, version, channel, persona, topic), its value and metric with a conversation.
-- Units: metrics that end in _rate, satisfaction and shares 0..1; _ms milliseconds; sentiment −1..1; means are over conversations.
-- Intervals: the unit is the conversation, clustered by user: the linearised variance of a ratio. Rates have Wilson's interval with
--   the effective sample size, means mean ± t × standard error; t has one degree of freedom less than there are users.
-- NULLs: low and high where fewer than two users, or of a mean of users all alike; version, channel, persona, topic_id where they are not the segment.
-- Column week: ISO week of the start.
-- Column segment: all, assistant, version, channel, persona or topic; all but `all` are within an assistant.
-- Column assistant_id: the assistant; NULL: all of them.
-- Column assistant_version: the version, 'unknown' where nobody said; NULL: all versions.
-- Column channel: the channel; NULL: all channels.
-- Column persona: the persona, 'unknown' where there is none; NULL: all personas.
-- Column topic_id: the topic, 'unknown' where there is none; NULL: all topics.
-- Column metric: name of the measure; what each is stands in docs/reference/behaviour.md.
-- Column value: its mean over the conversations of which it says something.
-- Column low: lower end of the 90 % interval.
-- Column high: upper end of the 90 % interval.
-- Column conversation_count: conversations of which it says something.
-- Column user_count: users who held them.
with by_user as (
    select
        week,
        metric,
        user_group,
        assistant_id,
        assistant_version,
        channel,
        persona,
        topic_id,
        case grouping(assistant_id, assistant_version, channel, persona, topic_id)
            when 31 then 'all'
            when 15 then 'assistant'
            when 7 then 'version'
            when 11 then 'channel'
            when 13 then 'persona'
            when 14 then 'topic'
        end as segment,
        count(*) as n,
        sum(micros) as y
    from conversation_measures
    group by
        grouping sets (
            (week, metric, user_group),
            (week, metric, user_group, assistant_id),
            (week, metric, user_group, assistant_id, assistant_version),
            (week, metric, user_group, assistant_id, channel),
            (week, metric, user_group, assistant_id, persona),
            (week, metric, user_group, assistant_id, topic_id)
        )
),

summed as (
    select
        week,
        segment,
        assistant_id,
        assistant_version,
        channel,
        persona,
        topic_id,
        metric,
        sum(n) as n,
        sum(n * n) as nn,
        sum(y) / 1e6 as y,
        sum(y * n) / 1e6 as yn,
        sum(y * y) / 1e12 as yy,
        count(*) as user_count
    from by_user
    group by week, segment, assistant_id, assistant_version, channel, persona, topic_id, metric
),

measured as (
    select
        *,
        y / n as average,
        metric like '%_rate' as is_rate,
        case metric when 'sentiment' then -1 when 'sentiment_change' then -2 else 0 end as least_possible,
        case
            when metric in ('satisfaction', 'consecutive_share', 'sentiment') then 1
            else 'infinity'::double
        end as most_possible,
        ratio_variance(y, n, yy, yn, nn, user_count) as variance
    from summed
),

final as (
    select
        week,
        segment,
        assistant_id,
        assistant_version,
        channel,
        persona,
        topic_id,
        metric,
        round(average, 6) as value,
        case
            when is_rate then rate_low(average, variance, n, nn, user_count)
            else mean_low(average, variance, user_count, least_possible)
        end as low,
        case
            when is_rate then rate_high(average, variance, n, nn, user_count)
            else mean_high(average, variance, user_count, most_possible)
        end as high,
        cast(n as bigint) as conversation_count,
        user_count
    from measured
)

select * from final
