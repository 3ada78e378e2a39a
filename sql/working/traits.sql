-- What: what the turns of a conversation tell of it, worked out once when it changed: the marts of behaviour read it.
-- Grain: one row per conversation that was scored. Columns and NULLs as in the marts turn_taking, message_sentiment (summed
--     up), context_losses and conversation_personas, whose SQL makes them.
create table working.traits (
    conversation_id varchar not null,
    user_count bigint,
    consecutive_user_count bigint,
    user_gap_count bigint,
    user_gap_ms bigint,
    user_chars bigint,
    assistant_chars bigint,
    response_count bigint,
    response_ms bigint,
    first_response_ms bigint,
    error_count bigint,
    agent_count bigint,
    sentiment double,
    sentiment_change double,
    has_context_loss boolean not null,
    persona varchar
);
