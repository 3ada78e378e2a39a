-- What: all that was decided on a suggestion.
-- Grain: one row per decision on $suggestion_id, the oldest first.
-- Units: times in UTC.
-- NULLs: reason where none was given; assignee and assistant_version where the decision names none.
select
    decisions.suggestion_id,
    suggestions.title,
    decisions.decision,
    decisions.actor,
    decisions.reason,
    decisions.decided_at,
    decisions.assignee,
    decisions.assistant_version
from decisions
left join suggestions on decisions.suggestion_id = suggestions.suggestion_id
where decisions.suggestion_id = $suggestion_id
order by decisions.log_version, decisions.decided_at, decisions.decision_id
