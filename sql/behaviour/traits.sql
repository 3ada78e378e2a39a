-- What: the rows of working.traits of the conversations at hand.
-- Grain: one row per row of `production_conversations`; the names of marts mean those conversations alone.
-- Units: sentiment −1..1, its change per message of the user: least-squares slope, NULL under three messages.
with feelings as (
    select
        conversation_id,
        count(*) as n,
        sum(message_number) as k,
        sum(message_number * message_number) as kk,
        sum(cast(round(1e6 * sentiment) as bigint)) as s,
        sum(message_number * cast(round(1e6 * sentiment) as bigint)) as ks
    from message_sentiment
    group by conversation_id
),

lost as (
    select distinct conversation_id
    from context_losses
),

final as (
    select
        conversations.conversation_id,
        talk.* exclude (conversation_id),
        round(feelings.s / feelings.n / 1e6, 6) as sentiment,
        if(feelings.n >= 3, round(
            (feelings.n * feelings.ks - feelings.k * feelings.s)
            / (feelings.n * feelings.kk - feelings.k * feelings.k) / 1e6, 6
        ), null) as sentiment_change,
        lost.conversation_id is not null as has_context_loss,
        personas.persona
    from production_conversations as conversations
    left join conversation_personas as personas
        on conversations.conversation_id = personas.conversation_id
    left join turn_taking as talk
        on conversations.conversation_id = talk.conversation_id
    left join feelings
        on conversations.conversation_id = feelings.conversation_id
    left join lost
        on conversations.conversation_id = lost.conversation_id
)

select * from final
