-- What: how many of the window's conversations carry a label that was asked for with a known probability.
-- Grain: one row.
-- Units: conversations.
-- NULLs: volunteered feedback has no inclusion probability and counts as no label.
select count(distinct feedback.conversation_id) as label_count
from feedback
inner join suggest_window
    on feedback.conversation_id = suggest_window.conversation_id
where
    feedback.kind = 'label'
    and feedback.inclusion_probability is not null
