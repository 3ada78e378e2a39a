-- What: how each message of a user sounds, by two word lists with negation (English).
-- Grain: one row per user message with letters, of closed production conversations.
-- Units: sentiment −1 (bad) .. 1 (good); 0: none of the words.
-- NULLs: none: messages without letters are left out.
-- Column conversation_id: the conversation.
-- Column turn_index: the message.
-- Column message_number: its place among the user's messages with letters, from 1.
-- Column sentiment: words of praise minus words of anger over their number plus one; see docs/reference/behaviour.md.
with final as (
    select
        turns.conversation_id,
        turns.turn_index,
        row_number() over (partition by turns.conversation_id order by turns.turn_index) as message_number,
        sentiment_of(lower(left(turns.content, 2000))) as sentiment
    from turns
    inner join production_conversations as conversations
        on turns.conversation_id = conversations.conversation_id
    where
        turns.role = 'user'
        and regexp_matches(turns.content, '\pL')
)

select * from final
