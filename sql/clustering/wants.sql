-- What: what the user wanted, in the user's first words, for the closed production conversations of a span of days.
-- Grain: one row per conversation, ordered by its id.
-- Units: want is in lower case, without links, addresses, numbers and ids, at most 400 characters: the first user
--   message with ten letters or more, and the one after it. answer is the assistant's first three answers of 20
--   characters or more, 300 characters of each. $first_day, $last_day inclusive, by day of the start.
-- NULLs: want is '' where the user said nothing. topic_id is NULL where no topic was given yet.
with spoken as (
    select
        conversations.conversation_id,
        conversations.topic_id,
        turns.turn_index,
        trim(regexp_replace(
            regexp_replace(
                regexp_replace(
                    lower(regexp_replace(
                        replace(left(turns.content, 1000), '’', ''''),
                        '\b([Nn]ame( is|:)|[Tt]his is|[Ii] am|[Ii]''m)( \p{Lu}[\p{L}''-]+| (de|der|den|van|von|da|la))+', ' ', 'g'
                    )),
                    'https?://\S+|\S+@\S+|[\w#-]*\d[\w-]*', ' ', 'g'
                ),
                '^\W*(hi|hello|hey|good (morning|afternoon|evening))( there)?\b[\s,.!]*', ''
            ),
            '\s+', ' ', 'g'
        )) as said
    from production_conversations as conversations
    left join turns
        on
            conversations.conversation_id = turns.conversation_id
            and turns.role = 'user'
    where
        conversations.day between $first_day and $last_day
        and ($is_all or conversations.topic_id is null)
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
        left(string_agg(said, ' . ' order by turn_index), 400) as want
    from informative
    group by conversation_id
),

known as (
    select distinct
        conversation_id,
        topic_id
    from spoken
),

answered as (
    select
        turns.conversation_id,
        turns.turn_index,
        lower(left(turns.content, 300)) as answer
    from turns
    inner join known
        on turns.conversation_id = known.conversation_id
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
        known.conversation_id,
        known.topic_id,
        coalesce(joined.want, '') as want,
        coalesce(answers.answer, '') as answer
    from known
    left join joined
        on known.conversation_id = joined.conversation_id
    left join answers
        on known.conversation_id = answers.conversation_id
)

select * from final
order by conversation_id
