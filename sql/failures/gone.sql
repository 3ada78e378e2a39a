-- What: judged conversations that are no longer closed production conversations: reopened, reclassified or erased.
-- Grain: one row per conversation of failures.
-- Units: none.
-- NULLs: none.
with final as (
    select failures.conversation_id
    from failures
    anti join production_conversations
        on failures.conversation_id = production_conversations.conversation_id
)

select * from final
