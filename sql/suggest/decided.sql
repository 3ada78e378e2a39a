-- What: a suggestion's decisions in the order in which they were recorded.
-- Grain: one row per decision on $suggestion_id.
-- Units: decided_at UTC.
-- NULLs: reason, assignee, assistant_version and prediction where the decision names none.
select
    decision,
    actor,
    decided_at,
    reason,
    assignee,
    assistant_version,
    prediction
from decisions
where suggestion_id = $suggestion_id
order by log_version, decided_at, decision_id
