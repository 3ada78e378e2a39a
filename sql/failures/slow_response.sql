-- What: a response took longer than the threshold.
-- Grain: one row per conversation where it fired; turn_index is the first slow response.
-- Units: strength 0.5 at the threshold, 1 at twice the threshold, by the slowest response; $latency_ms milliseconds.
-- NULLs: latency NULL means that nobody measured, and never fires.
with final as (
    select
        conversation_key,
        'slow_response' as signal,
        min(turn_index) as turn_index,
        round(least(max(latency_ms) / (2 * $latency_ms), 1.0), 6) as strength
    from detect_turns
    where
        role = 'assistant'
        and latency_ms > $latency_ms
    group by conversation_key
)

select * from final
