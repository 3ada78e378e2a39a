-- What: where in its conversation the turn stands that a piece of feedback is about.
-- Grain: one row per piece of feedback on a known turn of a touched conversation.
-- Units: turn_index from 0. $low and $high span every turn of those conversations, UTC: they only spare reading.
-- NULLs: turn_index NULL: the turn is not here.
with given as (
    select
        feedback.feedback_id,
        feedback.conversation_id,
        feedback.turn_key
    from feedback
    semi join touched_conversations as touched
        on feedback.conversation_id = touched.conversation_id
    where feedback.turn_key is not null
),

said as (
    select
        turns.conversation_id,
        turns.turn_key,
        turns.turn_index
    from turns
    semi join given
        on turns.conversation_id = given.conversation_id
    where turns.occurred_at between $low and $high
),

final as (
    select
        given.feedback_id,
        said.turn_index
    from given
    left join said
        on
            given.conversation_id = said.conversation_id
            and given.turn_key = said.turn_key
)

select * from final
