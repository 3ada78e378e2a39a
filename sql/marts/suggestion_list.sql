-- What: what waits for a decision, the most worthwhile first; read it with `order by place`.
-- Grain: one row per pending suggestion.
-- Units: impact and opportunity in points of the success rate, −1..1, with 90 % intervals; place from 1.
-- NULLs: impact NULL with its reason: ranked after those that have one. Safety leads by its severity.
with final as (
    select
        row_number() over (
            order by
                case severity when 'critical' then 0 when 'high' then 1 when 'medium' then 2 when 'low' then 3 else 4 end,
                impact_estimate desc nulls last,
                opportunity desc nulls last,
                suggestion_id asc
        ) as place,
        suggestion_id,
        category,
        title,
        priority,
        severity,
        impact_estimate,
        impact_low,
        impact_high,
        impact_reason,
        opportunity,
        implementation_effort,
        cluster_id,
        assignee,
        proposed_at,
        expires_at,
        explanation
    from suggestions
    where status = 'pending'
)

select * from final
