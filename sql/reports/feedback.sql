-- What: what people said of the week's conversations, by kind and author.
-- Grain: one row per kind, author and way (volunteered or asked) with feedback on conversations of $week.
-- Units: score 0..1, mean over pieces of feedback, among those who answered; people = distinct users.
-- NULLs: score where none of the pieces carries one (bare comments).
select
    feedback.kind,
    feedback.author,
    feedback.inclusion_probability is null as is_volunteered,
    count(*) as feedback_count,
    count(feedback.comment) as comment_count,
    round(sum(feedback.score) / nullif(count(feedback.score), 0), 9) as score,
    count(distinct coalesce(conversations.user_key, conversations.conversation_id)) as people_count
from feedback
inner join production_conversations as conversations on feedback.conversation_id = conversations.conversation_id
where conversations.week = $week
group by all
order by feedback_count desc, feedback.kind asc, feedback.author asc, is_volunteered asc
