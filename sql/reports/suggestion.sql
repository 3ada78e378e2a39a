-- What: one suggestion as it stands, with its cluster and how many conversations a week it would touch.
-- Grain: one row, none where there is no such suggestion.
-- Units: impact and opportunity in points of the success rate, -1..1, with 90 % intervals; weekly_count: closed
-- production conversations of the last seven days there are.
-- NULLs: impact where no reach can be seen (impact_reason says why), severity outside safety; cluster columns without one.
with newest as (
    select max(day) as last_day
    from production_conversations
),

recent as (
    select count(*) as weekly_count
    from production_conversations
    inner join newest on production_conversations.day > newest.last_day - 7
)

select
    0 as rank,
    suggestions.impact_estimate as restated_impact,
    suggestions.* exclude (proposed_change),
    clusters.title as cluster_title,
    clusters.top_terms as cluster_terms,
    clusters.size as cluster_size,
    clusters.stability as cluster_stability,
    clusters.status as cluster_status,
    clusters.first_seen as cluster_first_seen,
    recent.weekly_count
from suggestions
left join clusters on suggestions.cluster_id = clusters.cluster_id
cross join recent
where suggestions.suggestion_id = $suggestion_id
