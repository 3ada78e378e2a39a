-- What: suggestions as they stand: newest figures, first proposal, and what was decided since.
-- Grain: one row per suggestion that is new, was decided on, or has come to its end by $as_of.
-- Units: impact, opportunity and gap in points of the success rate, −1..1; times UTC.
-- Status: the newest decision's; pending without one, expired once $as_of has reached expires_at.
-- NULLs: $as_of NULL: nothing expires by itself.
with proposals as (
    select
        id as event_id,
        log_version,
        unnest(from_json(
            data,
            '{
                "suggestion_id": "VARCHAR", "day": "DATE", "category": "VARCHAR", "rule": "VARCHAR",
                "title": "VARCHAR", "description": "VARCHAR", "priority": "VARCHAR", "severity": "VARCHAR",
                "impact_estimate": "DOUBLE", "impact_low": "DOUBLE", "impact_high": "DOUBLE",
                "impact_reason": "VARCHAR", "opportunity": "DOUBLE", "opportunity_low": "DOUBLE",
                "opportunity_high": "DOUBLE", "reach": "DOUBLE", "gap": "DOUBLE",
                "implementation_effort": "VARCHAR", "evidence": "JSON", "recommended_actions": "JSON",
                "metrics_to_track": "JSON", "proposed_change": "JSON", "cluster_id": "VARCHAR",
                "proposed_at": "TIMESTAMPTZ", "expires_at": "TIMESTAMPTZ", "explanation": "VARCHAR",
                "assumptions": "VARCHAR", "overlap": "DOUBLE", "prior_share": "DOUBLE", "exposure": "JSON"
            }'
        ))
    from events
    where type = 'suggestion.proposed'
),

touched as (
    select suggestion_id from proposals
    union
    select data ->> '$.suggestion_id' as suggestion_id
    from events
    where starts_with(type, 'suggestion.')
    union
    select suggestion_id
    from suggestions
    where status = 'pending' and expires_at <= $as_of
),

every_proposal as (
    select * rename (day as revised_on)
    from proposals
    union all by name
    select
        '' as event_id,
        -1 as log_version,
        suggestions.* exclude (status, assignee)
    from suggestions
    semi join touched
        on suggestions.suggestion_id = touched.suggestion_id
),

newest as (
    select * replace (min(proposed_at) over (partition by suggestion_id) as proposed_at)
    from every_proposal
    qualify row_number() over (
        partition by suggestion_id
        order by revised_on desc, log_version desc, event_id desc
    ) = 1
),

standing as (
    select
        decisions.suggestion_id,
        max_by(
            case when decisions.decision = 'reopened' then 'pending' else decisions.decision end,
            (decisions.log_version, decisions.decided_at, decisions.decision_id)
        ) filter (where decisions.decision not in ('assigned', 'noted')) as status,
        max_by(
            decisions.assignee, (decisions.log_version, decisions.decided_at, decisions.decision_id)
        ) filter (where decisions.assignee is not null) as assignee
    from decisions
    semi join touched
        on decisions.suggestion_id = touched.suggestion_id
    group by decisions.suggestion_id
),

final as (
    select
        newest.* exclude (event_id, log_version),
        coalesce(
            standing.status, case when newest.expires_at <= $as_of then 'expired' else 'pending' end
        ) as status,
        standing.assignee
    from newest
    left join standing
        on newest.suggestion_id = standing.suggestion_id
)

select * from final
