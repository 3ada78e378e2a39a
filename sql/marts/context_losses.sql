-- What: the assistant asks again for what the user had given: an e-mail address, a number, a name, an address, a date.
-- Grain: one row per closed production conversation and kind of thing that was asked for again.
-- Units: turn_index counts from 0.
-- Given: the user names the thing with a value, or answers a question for it with a value. Not counted: a question that
--   says that what was given did not fit ("not found", "invalid"), or that comes after the user named another one.
-- NULLs: none; English only.
-- Column conversation_id: the conversation.
-- Column kind: email, phone, number, name, address or date.
-- Column given_turn_index: where the user gave it first.
-- Column turn_index: where the assistant asked for it again, the first time.
with spoken as (
    select
        turns.conversation_id,
        turns.turn_index,
        turns.role,
        lower(left(turns.content, 2000)) as said
    from turns
    inner join production_conversations as conversations
        on turns.conversation_id = conversations.conversation_id
    where
        turns.role in ('user', 'assistant')
        and coalesce(turns.content, '') <> ''
),

asked as (
    select
        conversation_id,
        turn_index,
        kinds_named(said) as kinds
    from spoken
    where
        role = 'assistant'
        and regexp_matches(
            said,
            '\b(what(''s| is| are)?|which|could you|can you|would you|please|may i have|i (will )?need)\b'
            || '[^.?!]{0,80}\b(provide|give|share|tell|enter|send|have|know|number|id|code|name|address|e-?mail|date|day)\b'
        )
        and not regexp_matches(
            said,
            '\b(confirm|verif\w+|correct|invalid|not found|couldn''t find|could not find|unable to (find|locate)|match'
            || '|another|different|instead|new)\b'
        )
),

-- Conversations in which nothing is asked for lose nothing, and most are such.
asking as (
    from asked
    where len(kinds) > 0
),

told as (
    select
        spoken.*,
        lag(coalesce(asked.kinds, []), 1, []) over (
            partition by spoken.conversation_id
            order by spoken.turn_index asc
        ) as asked_before
    from spoken
    semi join asking on spoken.conversation_id = asking.conversation_id
    left join asked
        on
            spoken.conversation_id = asked.conversation_id
            and spoken.turn_index = asked.turn_index
),

given as (
    select
        conversation_id,
        turn_index,
        unnest(list_distinct(list_filter(
            list_concat(kinds_named(said), asked_before), lambda kind: has_value_of(kind, said)
        ))) as kind
    from told
    where
        role = 'user'
        and not regexp_matches(said, '\b(don''t|do not|can''t|cannot) (have|know|remember|find)\b')
),

first_given as (
    select
        conversation_id,
        kind,
        min(turn_index) as given_turn_index
    from given
    group by conversation_id, kind
),

asks as (
    select
        conversation_id,
        turn_index,
        unnest(kinds) as kind
    from asked
),

final as (
    select
        asks.conversation_id,
        asks.kind,
        first_given.given_turn_index,
        min(asks.turn_index) as turn_index
    from asks
    inner join first_given
        on
            asks.conversation_id = first_given.conversation_id
            and asks.kind = first_given.kind
            and asks.turn_index > first_given.given_turn_index
    where not exists (
        from told
        where
            told.conversation_id = asks.conversation_id
            and told.role = 'user'
            and told.turn_index > first_given.given_turn_index
            and told.turn_index < asks.turn_index
            and regexp_matches(told.said, '\b(another|other|different|second|wrong|mistake|sorry)\b')
    )
    group by asks.conversation_id, asks.kind, first_given.given_turn_index
)

select * from final
