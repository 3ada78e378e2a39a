-- What: what the team decided in the week; what ran out by itself is no decision.
-- Grain: one row per decision from $week_start to $week_end.
-- Units: times in UTC.
-- NULLs: reason where none was given.
select
    decisions.suggestion_id,
    suggestions.title,
    decisions.decision,
    decisions.actor,
    decisions.reason,
    decisions.decided_at
from decisions
left join suggestions on decisions.suggestion_id = suggestions.suggestion_id
where
    decisions.decided_at >= $week_start
    and decisions.decided_at < $week_end
    and decisions.decision <> 'expired'
order by decisions.decided_at, decisions.decision_id
