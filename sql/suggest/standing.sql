-- What: the suggestions there are, as far as the next proposal depends on them.
-- Grain: one row per suggestion.
-- Units: times UTC.
-- NULLs: reopened_at where it never was.
with turned as (
    select
        suggestion_id,
        max(decided_at) filter (where decision = 'reopened') as reopened_at,
        max(decided_at) filter (where decision = 'expired') as expired_at
    from decisions
    group by suggestion_id
),

final as (
    select
        suggestions.suggestion_id,
        suggestions.rule,
        coalesce(
            from_json(suggestions.exposure -> '$.cluster_ids', '["VARCHAR"]'), [suggestions.cluster_id]
        ) as cluster_ids,
        suggestions.status,
        suggestions.proposed_at,
        suggestions.expires_at,
        turned.reopened_at,
        turned.expired_at
    from suggestions
    left join turned
        on suggestions.suggestion_id = turned.suggestion_id
)

select * from final
order by suggestion_id
