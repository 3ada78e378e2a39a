-- What: the touched conversations as they stand: their fields and end (conversation_fields), turns, feedback and topic.
-- Grain: one row per touched conversation that has started.
-- Units: times UTC, started_at the earliest known; day and week in $timezone; satisfaction 0..1, mean over volunteered
--        user feedback.
-- Over: the source ended it and no turn came later, or $idle_minutes passed without a turn before $as_of.
-- NULLs: $as_of NULL: nothing is over by idling. ended_at NULL while open; satisfaction NULL: nobody said.
with totals as (
    select held.*
    from working.turn_totals as held
    semi join touched_conversations as touched
        on held.conversation_id = touched.conversation_id
),

topics as (
    select held.*
    from working.topic_assignments as held
    semi join touched_conversations as touched
        on held.conversation_id = touched.conversation_id
),

opinions as (
    select
        feedback.conversation_id,
        max(feedback.log_version) as log_version,
        round(
            cast(
                sum(cast(feedback.score as decimal(15, 12))) filter (where feedback.author = 'user') as double
            ) / nullif(count(feedback.score) filter (where feedback.author = 'user'), 0),
            12
        ) as satisfaction
    from feedback
    semi join touched_conversations as touched
        on feedback.conversation_id = touched.conversation_id
    where feedback.inclusion_probability is null
    group by feedback.conversation_id
),

joined as (
    select
        fields.* exclude (first_started_at, log_version),
        least(fields.first_started_at, totals.first_turn_at) as started_at,
        coalesce(totals.turn_count, 0) as turn_count,
        coalesce(totals.last_turn_at, fields.first_started_at) as last_turn_at,
        opinions.satisfaction,
        topics.topic_id,
        greatest(fields.log_version, totals.log_version, opinions.log_version) as log_version
    from incoming_conversation_fields as fields
    left join totals
        on fields.conversation_id = totals.conversation_id
    left join opinions
        on fields.conversation_id = opinions.conversation_id
    left join topics
        on fields.conversation_id = topics.conversation_id
),

closed as (
    select
        *,
        has_end and coalesce(source_ended_at >= last_turn_at, true) as is_ended,
        coalesce(last_turn_at + to_minutes($idle_minutes) <= $as_of, false) as is_idle
    from joined
),

final as (
    select
        * exclude (source_ended_at, has_end, is_ended, is_idle),
        case
            when is_ended then coalesce(source_ended_at, last_turn_at)
            when is_idle then last_turn_at
        end as ended_at,
        not is_ended and not is_idle as is_open,
        case when persona is not null then 1.0 end as persona_confidence,
        cast(timezone($timezone, started_at) as date) as day,
        strftime(timezone($timezone, started_at), '%G-W%V') as week
    from closed
)

select * from final
