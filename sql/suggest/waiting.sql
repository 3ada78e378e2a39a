-- What: the suggestions that wait for a decision.
-- Grain: one row per pending or deferred suggestion; revision counts the decisions so far.
-- Units: impact in points of the success rate, −1..1; times UTC.
-- NULLs: impact where no reach can be seen; severity outside safety.
select
    suggestions.suggestion_id,
    suggestions.title,
    suggestions.category,
    suggestions.priority,
    suggestions.severity,
    suggestions.impact_estimate,
    suggestions.impact_low,
    suggestions.impact_high,
    suggestions.opportunity,
    suggestions.implementation_effort,
    suggestions.status,
    suggestions.assignee,
    suggestions.proposed_at,
    suggestions.expires_at,
    (
        select count(*) from decisions
        where decisions.suggestion_id = suggestions.suggestion_id
    ) as revision
from suggestions
where suggestions.status in ('pending', 'deferred')
order by suggestions.suggestion_id
