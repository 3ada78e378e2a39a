-- What: up to when the warehouse reads the log, and how many labels calibrate its rates.
-- Grain: one row, always.
-- Units: as_of in UTC; label_count = asked-for labels on conversations of $first_week to $week.
-- NULLs: as_of before the first projection.
select
    (select max(as_of) from warehouse_state) as as_of,
    count(*) as label_count
from feedback
inner join production_conversations as conversations on feedback.conversation_id = conversations.conversation_id
where
    feedback.author = 'annotator'
    and feedback.inclusion_probability is not null
    and conversations.week between $first_week and $week
