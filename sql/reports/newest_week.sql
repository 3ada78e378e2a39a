-- What: the newest week with a closed production conversation.
-- Grain: one row, always.
-- Units: week as an ISO week.
-- NULLs: week where there is no conversation.
select max(week) as week
from production_conversations
