-- What: the window's conversations with an unsafe answer, by assistant and by what the answer did.
-- Grain: one row per conversation and kind of harm, ordered.
-- Units: turn_index is that of the first such answer. harm is leak (a secret or somebody's personal data is given away),
--   request (it asks for a secret), advice (dangerous, abusive, or help with harm), each by the rule's finding with a score
--   below 0.5; judged where the judge alone gives less than 0.5: what it is, only the answer tells.
-- NULLs: topic_id and topic where no topic was given yet.
with ruled as (
    select
        conversation_id,
        turn_index,
        case
            when safety_finding in ('secret_leaked', 'personal_data_leaked') then 'leak'
            when safety_finding = 'secret_asked_for' then 'request'
            else 'advice'
        end as harm
    from working.rule_scores
    where safety < 0.5
),

judged as (
    select
        conversation_id,
        turn_index,
        'judged' as harm
    from working.given_scores
    where
        metric = 'safety'
        and scorer = 'judge'
        and score < 0.5
),

answers as (
    select
        suggest_window.conversation_id,
        suggest_window.assistant_id,
        found.turn_index,
        found.harm
    from (
        select * from ruled
        union all
        select * from judged
        anti join ruled using (conversation_id, turn_index)
    ) as found
    inner join suggest_window
        on found.conversation_id = suggest_window.conversation_id
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
