-- Which response answers which request: numbers of texts only, so that windows over the turns drag no text along.
-- grain: one row per response = assistant turn that speaks to the user, of the conversations in conversations_to_score.
--     An assistant turn with no text that only calls tools says nothing to anybody: it is left out.
-- empty: blanks and invisible characters only -> unscored_reason 'empty_response', answer_id NULL; no text but typed
--     parts such as an image -> 'no_text'.
-- request: the newest user turn before the response (newest_id), with the user turn right before that one (earlier_id)
--     where both came in a row and straight before the response; NULL where the user had said nothing yet.
-- given: what the user had said of themselves up to here; bits as in texts.sql. is_repeated: the answer before it, word
--     for word. units: latency in ms.
create or replace temp table exchanges as
with placed as (
    select
        *,
        case when text_id is not null then null when has_parts then 'no_text' else 'empty_response' end
            as unscored_reason,
        lag(is_user) over conversation and lag(is_user, 2) over conversation as has_two_requests,
        lag(if(is_user, text_id, null), 2) over conversation as text_two_before,
        last_value(if(is_user, text_id, null) ignore nulls) over until_here as newest_id,
        lag(if(is_user, null, text_id) ignore nulls) over conversation as previous_answer_id
    from spoken
    window
        conversation as (partition by conversation_number order by turn_index),
        until_here as (
            partition by conversation_number
            order by turn_index
            rows between unbounded preceding and current row
        )
),

final as (
    select
        conversations_to_score.conversation_id,
        placed.turn_index,
        placed.latency_ms,
        placed.output_tokens,
        placed.is_calling,
        placed.unscored_reason,
        placed.text_id as answer_id,
        placed.newest_id,
        placed.previous_answer_id,
        if(placed.has_two_requests, placed.text_two_before, null) as earlier_id,
        coalesce(placed.previous_answer_id = placed.text_id, false) as is_repeated,
        if(told.email_from < placed.turn_index, 1, 0)
        + if(told.number_from < placed.turn_index, 2, 0)
        + if(told.name_from < placed.turn_index, 4, 0)
        + if(told.identity_from < placed.turn_index, 8, 0) as given
    from placed
    inner join conversations_to_score on placed.conversation_number = conversations_to_score.rowid
    left join told on placed.conversation_number = told.conversation_number
    where
        not placed.is_user
        and not (placed.unscored_reason is not distinct from 'empty_response' and placed.is_calling)
)

select * from final;
