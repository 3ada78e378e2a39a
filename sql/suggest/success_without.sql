-- What: success of the window's conversations if one signal said nothing: for an exposure that is defined by what it says.
-- Grain: one row per conversation of suggest_window.
-- Units: success in millionths; $weight: log-odds of a failure at the signal's full strength.
-- NULLs: none; a conversation without the signal keeps its success.
with said as (
    select
        suggest_window.conversation_no,
        suggest_window.success,
        signals.strength,
        least(greatest(1 - suggest_window.success / 1e6, 1e-6), 1 - 1e-6) as failure_probability
    from suggest_window
    left join failure_signals as signals
        on
            suggest_window.conversation_id = signals.conversation_id
            and signals.signal = $signal
),

final as (
    select
        conversation_no,
        case
            when strength is null then success
            else cast(round(1e6 / (
                1 + exp(ln(failure_probability / (1 - failure_probability)) - $weight * strength)
            )) as bigint)
        end as success
    from said
)

select * from final
order by conversation_no
