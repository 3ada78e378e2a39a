-- What: the user is angry or worn out: words of frustration that are not negated, shouting, rows of marks.
-- Grain: one row per conversation where it fired; turn_index is the first such message.
-- Units: strength 1 for words, 0.5 for shouting (three words, all in capitals) or repeated ! and ? alone;
--   a third of that where it is the opening message alone: that anger is about the matter, not about the service.
-- NULLs: messages without words never match. "Not annoyed" and "no worries" are no frustration.
with opened as (
    select
        conversation_key,
        min(turn_index) as opening_turn_index
    from detect_turns
    where
        role in ('user', 'assistant')
        and said <> ''
    group by conversation_key
),

suspects as (
    select
        conversation_key,
        turn_index,
        content,
        regexp_replace(
            said,
            '\b(not|never|no|isn''t|wasn''t|aren''t|don''t|without)( \w+)? '
            || '(angry|annoy\w*|frustrat\w*|upset|terrible|horrible|bad|mad|disappoint\w*|complain\w*)\b',
            '',
            'g'
        ) as said
    from detect_turns
    where
        role = 'user'
        and regexp_matches(
            content,
            '(?i)frustrat|annoy|ridiculous|useless|terribl|horribl|awful|worst|unacceptable|waste|pathetic|disappoint'
            || '|angry|furious|upset|fed up|sick of|joke|stupid|nonsense|hate|wtf|complain|circles|seriously|come on'
            || '|[!?]{2}|[A-Z]{2,}\W+[A-Z]{2,}\W+[A-Z]{2,}'
        )
),

felt as (
    select
        conversation_key,
        turn_index,
        regexp_matches(
            said,
            '\b(frustrat(ed|ing|ion)|annoy(ed|ing)|ridiculous|useless|terrible|horrible|awful|(the )?worst|unacceptable'
            || '|wast(e|ed|ing) (of )?(my |of )?time|pathetic|disappoint(ed|ing)|angry|furious|upset|fed up|sick of'
            || '|(bad|sick) joke|a joke|stupid|nonsense|wtf|i hate|complaint about (you|this)|in circles|are you serious'
            || '|seriously\?|come on[,!.])'
        ) as has_words,
        regexp_matches(content, '[!?]{3}|\?!|!\?')
        or (content = upper(content) and regexp_matches(content, '[A-Z]{2,}\W+[A-Z]{2,}\W+[A-Z]{2,}')) as is_shouted
    from suspects
),

final as (
    select
        felt.conversation_key,
        'user_frustrated' as signal,
        coalesce(
            min(felt.turn_index) filter (where felt.turn_index > opened.opening_turn_index), min(felt.turn_index)
        ) as turn_index,
        round(
            if(bool_or(felt.has_words), 1.0, 0.5) * if(bool_or(felt.turn_index > opened.opening_turn_index), 1.0, 1 / 3), 6
        ) as strength
    from felt
    inner join opened
        on felt.conversation_key = opened.conversation_key
    where
        felt.has_words
        or felt.is_shouted
    group by felt.conversation_key
)

select * from final
