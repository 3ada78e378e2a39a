-- What: the source says that the conversation ended unresolved.
-- Grain: one row per conversation where it fired; turn_index NULL: it is about the whole.
-- Units: strength 1.
-- NULLs: outcome NULL means that the source does not say, and never fires.
with final as (
    select
        conversation_key,
        'left_unresolved' as signal,
        cast(null as integer) as turn_index,
        1.0 as strength
    from changed
    where outcome = 'unresolved'
)

select * from final
