-- What: the user says the same thing again: two of three consecutive messages share at least half of their words.
-- Grain: one row per conversation where it fired; turn_index is the first repetition.
-- Units: strength 0.5 at half of the words shared, 1 when all are. Words of four letters or more, cut to five
--   (cancelled = cancelling); at least two must be shared; the same whole text of 12 characters counts too.
-- NULLs: messages without words never match.
-- Words are compared by their 64-bit hashes, which are shorter to carry and to compare than the words.
with words as (
    select
        conversation_key,
        turn_index,
        said,
        list_transform(regexp_extract_all(said, '\p{L}{4,}'), lambda word: hash(left(word, 5))) as words
    from detect_turns
    where
        role = 'user'
        and said <> ''
),

neighbours as (
    select
        conversation_key,
        turn_index,
        said,
        words,
        lag(said) over nearby as said_before,
        lag(words, 1, []) over nearby as words_before,
        lag(words, 2, []) over nearby as words_two_before
    from words
    window nearby as (partition by conversation_key order by turn_index)
),

compared as (
    select
        *,
        length(said) >= 12 and said = said_before as is_same_text,
        len(list_intersect(words, words_before)) as shared_before,
        len(list_intersect(words, words_two_before)) as shared_two_before
    from neighbours
    where said_before is not null
),

counted as (
    select
        *,
        list_unique(words) as word_count,
        list_unique(words_before) as before_count,
        list_unique(words_two_before) as two_before_count
    from compared
    where
        is_same_text
        or shared_before >= 2
        or shared_two_before >= 2
),

measured as (
    select
        conversation_key,
        turn_index,
        greatest(
            if(is_same_text, 1.0, 0.0),
            if(shared_before >= 2, shared_before / (word_count + before_count - shared_before), 0.0),
            if(shared_two_before >= 2, shared_two_before / (word_count + two_before_count - shared_two_before), 0.0)
        ) as overlap
    from counted
),

final as (
    select
        conversation_key,
        'user_rephrased' as signal,
        min(turn_index) as turn_index,
        round(max(overlap), 6) as strength
    from measured
    where overlap >= 0.5
    group by conversation_key
)

select * from final
