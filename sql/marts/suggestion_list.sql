-- What: what waits for a decision, the most worthwhile first; read it with `order by place`.
-- Grain: one row per pending suggestion.
-- Units: impact and opportunity in points of the success rate, −1..1, with 90 % intervals; place from 1.
-- NULLs: impact NULL with its reason: ranked after those that have one. Critical, then
-- high severity leads: the order of upturn.domain.ranking.rank.
with final as (
    select
        row_number() over (
            order by
                case severity when 'critical' then 0 when 'high' then 1 else 2 end,
                impact_estimate desc nulls last,
                case implementation_effort when 'low' then 0 when 'medium' then 1 else 2 end,
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
