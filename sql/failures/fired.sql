-- What: the signals that fired in the changed conversations, under the ids of the conversations.
-- Grain: one row per conversation and signal.
-- Units: strength 0..1; turn_index is the first turn at which the signal fired.
-- NULLs: turn_index is NULL where the signal is about the whole conversation.
with final as (
    select
        changed.conversation_id,
        detect_signals.signal,
        detect_signals.turn_index,
        detect_signals.strength
    from detect_signals
    inner join changed
        on detect_signals.conversation_key = changed.conversation_key
)

select * from final
