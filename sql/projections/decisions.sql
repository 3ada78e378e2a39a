-- What: decisions on suggestions.
-- Grain: one row per decision event.
-- Units: decided_at UTC; decision is the event's type without its prefix.
-- NULLs: reason, assignee, assistant_version and prediction where the decision names none.
with incoming as (
    select
        id as decision_id,
        log_version,
        replace(type, 'suggestion.', '') as decision,
        unnest(from_json(
            data,
            '{
                "suggestion_id": "VARCHAR", "actor": "VARCHAR", "reason": "VARCHAR",
                "decided_at": "TIMESTAMPTZ", "assignee": "VARCHAR", "assistant_version": "VARCHAR",
                "prediction": "JSON"
            }'
        ))
    from events
    where starts_with(type, 'suggestion.') and type <> 'suggestion.proposed'
)

select * from incoming
