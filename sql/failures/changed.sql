-- What: the conversations to judge: those due for it that are closed production conversations.
-- Grain: one row per conversation; conversation_key numbers them from 1 in the order of their ids.
-- Units: log_version as in conversations.
-- NULLs: outcome NULL where the source does not say.
-- Source: the temporary table due_failures(conversation_id), which may name one twice.
with final as (
    select
        production_conversations.conversation_id,
        row_number() over (order by production_conversations.conversation_id) as conversation_key,
        production_conversations.outcome,
        production_conversations.log_version
    from production_conversations
    semi join due_failures
        on production_conversations.conversation_id = due_failures.conversation_id
)

select * from final
