-- What: the conversation went to a person: escalated_unasked where the user did not ask for one and no policy was named,
--   else escalated_rightly, which counts against a failure.
-- Grain: one row per conversation where it fired; turn_index is the handover.
-- Units: strength 1; 0.4 where a person took over and wrote, or the user had agreed to an offer: less than was wanted,
--   but no dead end. A policy is named where the assistant says that something is not possible and by which
--   rule, or states the rule ("cannot be changed").
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
            and (
                regexp_matches(detect_turns.said, $reasoned)
                or regexp_matches(detect_turns.said, '\b(can''t|cannot|not) be \w+ed\b|\bnot (eligible|possible|allowed)\b')
            )
        )
),

softened as (
    select distinct conversation_key
    from detect_turns
    where
        role = 'agent'
        or (
            role = 'assistant'
            and regexp_matches(
                said,
                '\b(would you like|do you want|shall i|should i|may i|can i)\b.{0,60}'
                || '\b(transfer|connect|escalate|human|agent|colleague|specialist)\b[^.!]*\?'
            )
        )
),

final as (
    select
        escalated.conversation_key,
        if(wanted.conversation_key is null, 'escalated_unasked', 'escalated_rightly') as signal,
        escalated.turn_index,
        if(wanted.conversation_key is null and softened.conversation_key is not null, 0.4, 1.0) as strength
    from escalated
    left join wanted
        on escalated.conversation_key = wanted.conversation_key
    left join softened
        on escalated.conversation_key = softened.conversation_key
)

select * from final
