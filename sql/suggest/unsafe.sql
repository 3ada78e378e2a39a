-- What: the window's conversations with an unsafe answer, by assistant and by what the answer did.
-- Grain: one row per conversation and kind of harm, ordered.
-- Units: turn_index is that of the first such answer. harm is leak (the answer holds somebody's e-mail address, card,
--   account or telephone number, or a secret), request (it asks for a secret) or advice (everything else).
-- NULLs: topic_id and topic where no topic was given yet.
with answers as (
    select
        suggest_window.conversation_no,
        suggest_window.conversation_id,
        suggest_window.assistant_id,
        response_scores.turn_index,
        case
            when response_scores.score between 0.3 and 0.45 then 'request'
            when
                response_scores.score = 0
                or regexp_matches(
                    turns.content,
                    '<(?:CARD|IBAN|NATIONAL_ID)>|[\w.+-]+@[\w-]+\.\w|\d{3}-\d{2}-\d{4}|\b[A-Z]{2}\d{2} ?[A-Z0-9]{4} ?[A-Z0-9]{4}|(?:\d[ -]?){9,}'
                ) then 'leak'
            else 'advice'
        end as harm
    from response_scores
    inner join suggest_window
        on response_scores.conversation_id = suggest_window.conversation_id
    inner join turns
        on
            response_scores.conversation_id = turns.conversation_id
            and response_scores.turn_index = turns.turn_index
    where
        response_scores.metric = 'safety'
        and response_scores.score < 0.5
),

final as (
    select
        answers.assistant_id,
        answers.harm,
        conversations.topic_id,
        topics.title as topic,
        answers.conversation_id,
        min(answers.turn_index) as turn_index
    from answers
    inner join conversations
        on answers.conversation_id = conversations.conversation_id
    left join topics
        on conversations.topic_id = topics.topic_id
    group by answers.assistant_id, answers.harm, conversations.topic_id, topics.title, answers.conversation_id
)

select * from final
order by assistant_id, harm, conversation_id
