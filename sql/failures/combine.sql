-- What: the failure probability of each changed conversation, and the turn where it went wrong.
-- Grain: one row per changed conversation, fired or not.
-- Units: probability 0..1 = 1 / (1 + exp(−(intercept + Σ weight × strength))), rounded to 6 digits; failed_turn_index is
--   the response at which the earliest strong signal fired: strong = it gives at least half of what the strongest with a turn gives.
-- NULLs: failed_turn_index is NULL where there is no failure; a conversation without signals has the intercept alone.
-- Sums are taken over integers (millionths), so that they do not depend on the order of rows.
with weighed as (
    select
        detect_signals.conversation_key,
        detect_signals.signal,
        detect_signals.turn_index,
        cast(round(1e6 * failure_weights.weight * detect_signals.strength) as bigint) as micros
    from detect_signals
    inner join failure_weights
        on detect_signals.signal = failure_weights.signal
),

summed as (
    select
        conversation_key,
        sum(micros) as micros,
        max(micros) filter (where turn_index is not null) as strongest,
        list_sort(list(signal) filter (where micros > 0)) as signals
    from weighed
    group by conversation_key
),

answers as (
    select
        conversation_key,
        turn_index
    from detect_turns
    where role = 'assistant'
),

last_answers as (
    select
        conversation_key,
        max(turn_index) as turn_index
    from answers
    group by conversation_key
),

strong as (
    select
        weighed.conversation_key,
        min(weighed.turn_index) as turn_index
    from weighed
    inner join summed
        on weighed.conversation_key = summed.conversation_key
    where
        weighed.micros > 0
        and 2 * weighed.micros >= summed.strongest
    group by weighed.conversation_key
),

blamed as (
    select
        strong.conversation_key,
        answers.turn_index
    from strong
    asof inner join answers
        on
            strong.conversation_key = answers.conversation_key
            and strong.turn_index >= answers.turn_index
),

probable as (
    select
        changed.conversation_id,
        round(1 / (1 + exp(-($intercept + coalesce(summed.micros, 0) / 1e6))), 6) as failure_probability,
        coalesce(blamed.turn_index, strong.turn_index, last_answers.turn_index) as turn_index,
        coalesce(summed.signals, []) as signals,
        changed.log_version
    from changed
    left join summed
        on changed.conversation_key = summed.conversation_key
    left join strong
        on changed.conversation_key = strong.conversation_key
    left join blamed
        on changed.conversation_key = blamed.conversation_key
    left join last_answers
        on changed.conversation_key = last_answers.conversation_key
),

final as (
    select
        conversation_id,
        failure_probability,
        failure_probability >= $threshold as is_failure,
        cast(if(failure_probability >= $threshold, turn_index, null) as integer) as failed_turn_index,
        to_json(signals) as signals,
        cast($model_version as varchar) as model_version,
        log_version
    from probable
)

select * from final
