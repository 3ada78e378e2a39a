-- What: what the assistant first said in given conversations.
-- Grain: one row per given conversation, ordered by its id.
-- Units: answer is in lower case: the assistant's first three answers of 20 characters or more, 300 characters of each.
-- NULLs: answer is '' where the assistant said nothing of such a length.
-- Source: the registered table asked(conversation_id), each once.
with answered as (
    select
        turns.conversation_id,
        turns.turn_index,
        lower(left(turns.content, 300)) as answer
    from turns
    semi join asked
        on turns.conversation_id = asked.conversation_id
    where
        turns.role = 'assistant'
        and length(turns.content) >= 20
    qualify row_number() over (partition by turns.conversation_id order by turns.turn_index) <= 3
),

answers as (
    select
        conversation_id,
        string_agg(answer, ' . ' order by turn_index) as answer
    from answered
    group by conversation_id
),

final as (
    select
        asked.conversation_id,
        coalesce(answers.answer, '') as answer
    from asked
    left join answers
        on asked.conversation_id = answers.conversation_id
)

select * from final
order by conversation_id
