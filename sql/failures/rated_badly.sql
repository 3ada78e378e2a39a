-- What: a user rated the conversation or an answer badly.
-- Grain: one row per conversation where it fired; turn_index is the rated turn that comes first.
-- Units: strength 1 − the lowest score below $bad_rating_score (scores 0..1).
-- NULLs: comments without a score never fire; turn_index NULL where the whole conversation was rated.
with final as (
    select
        changed.conversation_key,
        'rated_badly' as signal,
        min(feedback.turn_index) as turn_index,
        round(1 - min(feedback.score), 6) as strength
    from feedback
    inner join changed
        on feedback.conversation_id = changed.conversation_id
    where
        feedback.author = 'user'
        and feedback.score < $bad_rating_score
    group by changed.conversation_key
)

select * from final
