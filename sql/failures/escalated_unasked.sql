-- What: the conversation went to a person although the user did not ask for one and no policy was named.
-- Grain: one row per conversation where it fired; turn_index is the handover.
-- Units: strength 1. A policy is named where the assistant says that something is not possible, and by which rule.
-- NULLs: outcome NULL means that the source does not say; then calls, words and a human agent's turn tell.
with handovers as (
    select
        conversation_key,
        min(turn_index) as turn_index
    from detect_turns
    where
        role = 'agent'
        or (has_calls and regexp_matches(tool_calls, '(?i)"name": ?"[a-z_]*(transfer|escalat|handoff|hand_over|human)'))
        or (
            role = 'assistant'
            and regexp_matches(
                said,
                '\b(transfer(ring)?|connect(ing)?|escalat(e|ing)|pass(ing)?|hand(ing)?) (you|this|your (case|request|issue))'
                || '( over)? (to|with)\b'
            )
        )
    group by conversation_key
),

escalated as (
    select
        changed.conversation_key,
        handovers.turn_index
    from changed
    left join handovers
        on changed.conversation_key = handovers.conversation_key
    where
        changed.outcome = 'escalated'
        or (changed.outcome is null and handovers.turn_index is not null)
),

wanted as (
    select distinct escalated.conversation_key
    from escalated
    inner join detect_turns
        on
            escalated.conversation_key = detect_turns.conversation_key
            and detect_turns.turn_index <= coalesce(escalated.turn_index, detect_turns.turn_index)
    where
        (
            detect_turns.role = 'user'
            and regexp_matches(
                detect_turns.said,
                '\b(speak|talk|chat|connect|transfer|pass|escalate|get|give|want|need|put)\b.{0,40}'
                || '\b(human|person|agent|representative|someone( else)?|somebody|supervisor|manager|advisor|operator|staff)\b'
                || '|\b(real|live|actual) (human|person|agent)\b|\btransfer me\b|\bescalate (this|it)\b'
            )
        )
        or (
            detect_turns.role = 'assistant'
            and regexp_matches(
                detect_turns.said,
                '\b(can''t|cannot|unable|not able|not allowed|not possible|not eligible|only|must|requires?|reviewed|approved)\b'
            )
            and regexp_matches(detect_turns.said, $reasoned)
        )
),

final as (
    select
        escalated.conversation_key,
        'escalated_unasked' as signal,
        escalated.turn_index,
        1.0 as strength
    from escalated
    anti join wanted
        on escalated.conversation_key = wanted.conversation_key
)

select * from final
