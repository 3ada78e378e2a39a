-- What: every measure of behaviour of every conversation, as whole numbers, so that sums are exact on any number of threads.
-- Grain: one row per closed production conversation and metric that says something of it.
-- Units: micros are millionths of the metric's unit: rates and scores 0..1, times in milliseconds, turns, ratios.
-- NULLs: a metric that says nothing of a conversation has no row; version, persona and topic_id are 'unknown' where not known.
-- Column conversation_id: the conversation; day, week, assistant_id, assistant_version, channel, persona, topic_id and
--   user_group as in `conversation_behaviour`.
-- Column metric: name of the measure, as in `behaviour`.
-- Column micros: its value in millionths.
with measured as (
    select
        conversation_id,
        day,
        week,
        assistant_id,
        coalesce(assistant_version, 'unknown') as assistant_version,
        channel,
        coalesce(persona, 'unknown') as persona,
        coalesce(topic_id, 'unknown') as topic_id,
        user_group,
        unnest([
            { 'metric': 'success_rate', 'value': cast(is_success as double) },
            { 'metric': 'resolution_rate', 'value': cast(is_resolved as double) },
            { 'metric': 'containment_rate', 'value': cast(not is_escalated as double) },
            { 'metric': 'escalation_rate', 'value': cast(is_escalated as double) },
            { 'metric': 'abandonment_rate', 'value': cast(is_abandoned as double) },
            { 'metric': 'rephrase_rate', 'value': cast(has_rephrased as double) },
            { 'metric': 'answer_repeat_rate', 'value': cast(has_repeated_answer as double) },
            { 'metric': 'repeat_contact_rate', 'value': cast(is_repeat_contact as double) },
            { 'metric': 'context_loss_rate', 'value': cast(has_context_loss as double) },
            { 'metric': 'error_rate', 'value': cast(has_error as double) },
            { 'metric': 'turns_to_resolution', 'value': cast(turns_to_resolution as double) },
            { 'metric': 'turn_count', 'value': cast(turn_count as double) },
            { 'metric': 'duration_ms', 'value': cast(duration_ms as double) },
            { 'metric': 'first_response_ms', 'value': cast(first_response_ms as double) },
            { 'metric': 'response_ms', 'value': response_ms },
            { 'metric': 'user_gap_ms', 'value': user_gap_ms },
            { 'metric': 'consecutive_share', 'value': consecutive_share },
            { 'metric': 'length_ratio', 'value': length_ratio },
            { 'metric': 'satisfaction', 'value': satisfaction },
            { 'metric': 'sentiment', 'value': sentiment },
            { 'metric': 'sentiment_change', 'value': sentiment_change }
        ]) as measure
    from conversation_behaviour
),

final as (
    select
        conversation_id,
        day,
        week,
        assistant_id,
        assistant_version,
        channel,
        persona,
        topic_id,
        user_group,
        measure.metric as metric,
        cast(round(1e6 * measure.value) as bigint) as micros
    from measured
    where measure.value is not null
)

select * from final
