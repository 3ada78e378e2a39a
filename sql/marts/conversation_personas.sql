-- What: the kind of user of each conversation: as the log says, else as the user's first message suggests.
-- Grain: one row per closed production conversation.
-- Units: persona_confidence 0..1: 1 where the log says; a guess has 0.6, or 0.8 from two cues on: a convention, not measured.
-- Only the first message is read: what the assistant does later can't make somebody "frustrated". English only.
-- NULLs: persona and confidence where nothing tells: the reason says why.
-- Column conversation_id: the conversation.
-- Column persona: as the log says, else novice, expert, frustrated, curious, business or technical.
-- Column persona_confidence: how sure that is.
-- Column reason: said by the log; words of the first message; no words that tell; several fit alike; no message.
with openings as (
    select
        turns.conversation_id,
        arg_min(left(turns.content, 2000), turns.turn_index) as opening
    from turns
    inner join production_conversations as conversations
        on turns.conversation_id = conversations.conversation_id
    where
        conversations.persona is null
        and turns.role = 'user'
        and regexp_matches(turns.content, '\pL')
    group by turns.conversation_id
),

cues as (
    select
        conversation_id,
        [
            { 'persona': 'novice', 'count': cue_count(
                opening, 'not (so |very )?good (with|at) this|(don''t|do not) know (where|how|what|which)|not sure|no idea|stupid question'
                || '|(explain|go) .{0,20}(slowly|step by step)|what should i (press|click)|sorry to bother|hope i am right here'
                || '|new to (this|all this)|first time|beginner|not (very )?technical'
            ) },
            { 'persona': 'expert', 'count': cue_count(opening, '^re:|\basap\b|\bthx\b|\btia\b|\bref [a-z]?\d+|in short\b|short one\b|\bfyi\b') },
            { 'persona': 'frustrated', 'count': cue_count(
                opening, 'annoy(ed|ing)|(second|third|fourth) (attempt|time)|\d+(st|nd|rd|th) time|(have|''ve) (been )?wait(ed|ing)'
                || '|unacceptable|ridiculous|a joke|(nobody|no one) (answers|helps|cares)|^seriously|^honestly|^listen|^ok so|^again'
                || '|[!?]{2}|useless|fed up|sick of|worst|(now|today|finally)!'
            ) + cast(regexp_matches(opening, '\p{Lu}{3}') and not regexp_matches(opening, '\p{Ll}') as int) },
            { 'persona': 'curious', 'count': cue_count(
                opening, 'wonder(ing)?\b|out of curiosity|curious|(would|''d) like to (understand|learn)|also like to know'
                || '|why is that|how does (it|that|this) work|how that works in general|who decides'
            ) },
            { 'persona': 'business', 'count': cue_count(
                opening, '\bour (company|office|team|firm|business|staff|account|clients?)\b|cost cent(re|er)|(kind|best) regards'
                || '|\bregards,|dear (team|sir|madam)|to whom it may concern|please advise|thank you in advance|employees|purchase order'
                || '|on behalf of|the team in'
            ) },
            { 'persona': 'technical', 'count': cue_count(
                opening, '\b(firefox|chrome|safari|browser|cache|cookies|logs|error code|root cause|known issue|reinstall(ed)?'
                || '|stack ?trace|api|endpoint|config(uration)?|firmware|version \d|console|http)\b|using the app on'
            ) }
        ] as counts
    from openings
),

ranked as (
    select
        conversation_id,
        list_filter(counts, lambda cue: cue.count > 0 and cue.count = list_max([each.count for each in counts])) as best
    from cues
),

final as (
    select
        conversations.conversation_id,
        coalesce(conversations.persona, if(len(ranked.best) = 1, ranked.best[1].persona, null)) as persona,
        case
            when conversations.persona is not null then 1.0::double
            when len(ranked.best) = 1 then if(ranked.best[1].count > 1, 0.8, 0.6)
        end as persona_confidence,
        case
            when conversations.persona is not null then 'said by the log'
            when ranked.conversation_id is null then 'no message'
            when len(ranked.best) = 1 then 'words of the first message'
            when len(ranked.best) = 0 then 'no words that tell'
            else 'several fit alike'
        end as reason
    from production_conversations as conversations
    left join ranked
        on conversations.conversation_id = ranked.conversation_id
)

select * from final
