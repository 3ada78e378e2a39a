-- What: how often each failure signal fires.
-- Grain: one row per week and signal that fired.
-- Units: rate 0..1 of the week's judged closed production conversations.
-- NULLs: none; a signal that did not fire in a week has no row.
with judged as (
    select
        conversations.conversation_id,
        conversations.week
    from production_conversations as conversations
    inner join failures
        on conversations.conversation_id = failures.conversation_id
),

weeks as (
    select
        week,
        count(*) as judged_count
    from judged
    group by week
),

fired as (
    select
        judged.week,
        failure_signals.signal,
        count(*) as conversation_count
    from judged
    inner join failure_signals
        on judged.conversation_id = failure_signals.conversation_id
    group by judged.week, failure_signals.signal
),

final as (
    select
        fired.week,
        fired.signal,
        fired.conversation_count,
        weeks.judged_count,
        round(fired.conversation_count / weeks.judged_count, 6) as rate
    from fired
    inner join weeks
        on fired.week = weeks.week
)

select * from final
