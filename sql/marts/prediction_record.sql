-- What: what each shipped fix was predicted to do for the conversations it touches, and what it did.
-- Grain: one row per suggestion and metric measured to the end of its horizon, by its newest such measurement.
-- Units: points of the metric on the exposed, −1..1, with 90 % intervals; error = measured minus predicted; gap: as frozen;
--        closed_share: part of it that was closed, below 0 where it widened.
-- NULLs: predicted and what rests on it where none was frozen; its interval where the prediction had none; closed_share
--        without a gap.
with frozen as (
    select
        suggestion_id,
        prediction
    from decisions
    where decision = 'accepted' and prediction is not null
    qualify row_number() over (partition by suggestion_id order by log_version desc, decision_id desc) = 1
),

measured as (
    select *
    from effects
    where effect is not null and ends_with(method, 'final')
    qualify row_number() over (partition by suggestion_id, metric order by measured_at desc, effect_id desc) = 1
),

told as (
    select
        measured.suggestion_id,
        suggestions.category,
        suggestions.title,
        measured.metric,
        measured.measured_at,
        measured.verdict,
        measured.effect,
        measured.effect_low,
        measured.effect_high,
        measured.predicted,
        cast(frozen.prediction ->> '$.impact_low' as double)
        / nullif(cast(frozen.prediction ->> '$.reach' as double), 0) as predicted_low,
        cast(frozen.prediction ->> '$.impact_high' as double)
        / nullif(cast(frozen.prediction ->> '$.reach' as double), 0) as predicted_high,
        cast(frozen.prediction ->> '$.gap' as double) as gap
    from measured
    inner join suggestions on measured.suggestion_id = suggestions.suggestion_id
    left join frozen on measured.suggestion_id = frozen.suggestion_id
),

final as (
    select
        suggestion_id,
        category,
        title,
        metric,
        measured_at,
        verdict,
        predicted,
        round(predicted_low, 6) as predicted_low,
        round(predicted_high, 6) as predicted_high,
        effect,
        effect_low,
        effect_high,
        round(effect - predicted, 6) as error,
        round(
            effect - predicted - sqrt(pow(effect - effect_low, 2) + pow(predicted_high - predicted, 2)), 6
        ) as error_low,
        round(
            effect - predicted + sqrt(pow(effect_high - effect, 2) + pow(predicted - predicted_low, 2)), 6
        ) as error_high,
        error_low <= 0 and error_high >= 0 as is_as_predicted,
        gap,
        round(effect / nullif(gap, 0), 6) as closed_share
    from told
)

select * from final
