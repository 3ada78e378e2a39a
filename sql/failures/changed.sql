-- What: the closed production conversations whose failure row is missing or older than what is known of them.
-- Grain: one row per conversation; conversation_key numbers them from 1 in the order of their ids.
-- Units: log_version as in conversations. $model_version: the failure model in force.
-- NULLs: outcome NULL where the source does not say.
with judged as (
    select
        conversation_id,
        log_version,
        model_version
    from failures
),

final as (
    select
        production_conversations.conversation_id,
        row_number() over (order by production_conversations.conversation_id) as conversation_key,
        production_conversations.outcome,
        production_conversations.log_version
    from production_conversations
    left join judged
        on production_conversations.conversation_id = judged.conversation_id
    where
        judged.conversation_id is null
        or judged.log_version <> production_conversations.log_version
        or judged.model_version <> $model_version
)

select * from final
