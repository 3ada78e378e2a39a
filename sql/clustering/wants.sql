-- What: what the user wanted, in the user's first words, for the closed production conversations of a span of days.
-- Grain: one row per conversation, ordered by its id.
-- Units: want is in lower case, without links, addresses, numbers and ids, at most 400 characters: the first user
--   message with ten letters or more, and the one after it. $first_day, $last_day inclusive, by day of the start;
--   $scope is 'all', 'without topic' or 'failed'. speaker is the user, or the conversation where no user is known.
-- NULLs: want is '' where the user said nothing. topic_id is NULL where no topic was given yet.
with inputs as (
    select
        conversations.conversation_id,
        conversations.topic_id,
        coalesce(conversations.user_key, conversations.conversation_id) as speaker
    from production_conversations as conversations
    left join failures
        on
            conversations.conversation_id = failures.conversation_id
            and failures.is_failure
    where
        conversations.day between $first_day and $last_day
        and ($scope <> 'without topic' or conversations.topic_id is null)
        and ($scope <> 'failed' or failures.conversation_id is not null)
),

spoken as (
    select
        inputs.conversation_id,
        turns.turn_index,
        regexp_replace(
            regexp_replace(
                lower(regexp_replace(
                    replace(translate(left(turns.content, 1000), chr(9) || chr(10) || chr(12) || chr(13), '    '), '’', ''''),
                    '\b([Nn]ame( is|:)|[Tt]his is|[Ii] am|[Ii]''m)( \p{Lu}[\p{L}''-]+| (de|der|den|van|von|da|la))+', ' ', 'g'
                )),
                'https?://\S+|\S+@\S+|[\w#-]*\d[\w-]*', ' ', 'g'
            ),
            '^\W*(hi|hello|hey|good (morning|afternoon|evening))( there)?\b[\s,.!]*', ''
        ) as said
    from inputs
    inner join turns
        on
            inputs.conversation_id = turns.conversation_id
            and turns.role = 'user'
),

informative as (
    select
        conversation_id,
        turn_index,
        said
    from spoken
    where
        regexp_matches(said, '(\p{L}.*){10}|[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}].*[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]|\p{So}')
    qualify row_number() over (partition by conversation_id order by turn_index) <= 2
),

joined as (
    select
        conversation_id,
        left(string_agg(trim(regexp_replace(said, '  +', ' ', 'g')), ' . ' order by turn_index), 400) as want
    from informative
    group by conversation_id
),

final as (
    select
        inputs.conversation_id,
        inputs.topic_id,
        inputs.speaker,
        coalesce(joined.want, '') as want
    from inputs
    left join joined
        on inputs.conversation_id = joined.conversation_id
)

select * from final
order by conversation_id
