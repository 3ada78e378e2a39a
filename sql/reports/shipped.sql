-- What: what was shipped and what it did: newest measurement of each metric by the week's end.
-- Grain: one row per suggestion shipped from $since to $week_end and measured metric; one row where none is measured.
-- Units: effect and predicted in points of the success rate (or of the metric named), -1..1, 90 % interval.
-- NULLs: effect columns where nothing was measured or there was too little data.
with shipments as (
    select
        suggestion_id,
        decided_at as shipped_at,
        assistant_version
    from decisions
    where
        decision = 'shipped'
        and decided_at >= $since
        and decided_at < $week_end
    qualify row_number() over (partition by suggestion_id order by decided_at desc, decision_id desc) = 1
),

newest as (
    select *
    from effects
    where measured_at <= $week_end
    qualify row_number() over (partition by suggestion_id, metric order by measured_at desc, effect_id desc) = 1
),

final as (
    select
        shipments.suggestion_id,
        suggestions.title,
        suggestions.category,
        shipments.shipped_at,
        shipments.assistant_version,
        newest.metric,
        newest.effect,
        newest.effect_low,
        newest.effect_high,
        newest.predicted,
        newest.method,
        newest.verdict,
        newest.measured_at,
        newest.before_count,
        newest.after_count
    from shipments
    inner join suggestions on shipments.suggestion_id = suggestions.suggestion_id
    left join newest
        on
            shipments.suggestion_id = newest.suggestion_id
            and shipments.shipped_at <= newest.measured_at
)

select * from final
order by shipped_at desc, suggestion_id asc, metric asc
