-- What: what an acceptance freezes: the figures, and by which rule a conversation is exposed.
-- Grain: one row: the suggestion $suggestion_id.
-- Units: points of the success rate, −1..1; effect_on_exposed is the impact per exposed conversation.
-- NULLs: figures where there is no impact; exposure_rules where its clusters are gone.
with named as (
    select unnest(from_json(exposure -> '$.cluster_ids', '["VARCHAR"]')) as cluster_id
    from suggestions
    where suggestion_id = $suggestion_id
),

exposed as (
    select to_json(list(clusters.exposure_rule order by clusters.cluster_id)) as exposure_rules
    from clusters
    semi join named
        on clusters.cluster_id = named.cluster_id
),

final as (
    select
        suggestions.impact_estimate,
        suggestions.impact_low,
        suggestions.impact_high,
        suggestions.opportunity,
        suggestions.opportunity_low,
        suggestions.opportunity_high,
        suggestions.reach,
        suggestions.gap,
        round(suggestions.impact_estimate / nullif(suggestions.reach, 0), 6) as effect_on_exposed,
        suggestions.revised_on as predicted_on,
        suggestions.exposure,
        coalesce(exposed.exposure_rules, suggestions.exposure -> '$.rules') as exposure_rules
    from suggestions
    cross join exposed
    where suggestions.suggestion_id = $suggestion_id
)

select * from final
