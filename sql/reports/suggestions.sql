-- What: the week's list as it was published; where it is not yet, every suggestion that could stand on it.
-- Grain: one row per suggestion; rank from 1 where published, NULL where not. A suggestion whose cluster has no failure
-- left waits for its expiry off the list.
-- Units: impact and opportunity in points of the success rate, -1..1, with 90 % intervals; where published, impact as
-- shown then, and restated_impact as it stands now.
-- NULLs: impact where no reach can be seen (impact_reason says why), severity outside safety.
with published as (
    select
        suggestion_id,
        rank,
        impact_estimate,
        impact_low,
        impact_high
    from weekly_rankings
    where week = $week
),

decided as (
    select
        suggestion_id,
        decision
    from decisions
    where
        decided_at < $week_end
        and decision in ('accepted', 'rejected', 'deferred', 'shipped', 'reopened', 'expired')
    qualify row_number() over (partition by suggestion_id order by decided_at desc, decision_id desc) = 1
),

pending as (
    select
        suggestions.suggestion_id,
        null::integer as rank,
        suggestions.impact_estimate,
        suggestions.impact_low,
        suggestions.impact_high
    from suggestions
    left join decided on suggestions.suggestion_id = decided.suggestion_id
    left join clusters on suggestions.cluster_id = clusters.cluster_id
    where
        suggestions.proposed_at < $week_end
        and coalesce(clusters.status, 'new') <> 'resolved'
        and suggestions.expires_at >= $week_end
        and coalesce(decided.decision, 'reopened') = 'reopened'
        and not exists (from published)
),

ranking as (
    select * from published
    union all by name
    select * from pending
),

final as (
    select
        ranking.rank,
        ranking.impact_estimate,
        ranking.impact_low,
        ranking.impact_high,
        suggestions.impact_estimate as restated_impact,
        suggestions.* exclude (impact_estimate, impact_low, impact_high, proposed_change),
        clusters.title as cluster_title,
        clusters.top_terms as cluster_terms,
        clusters.size as cluster_size,
        clusters.stability as cluster_stability,
        clusters.status as cluster_status,
        clusters.first_seen as cluster_first_seen
    from ranking
    inner join suggestions on ranking.suggestion_id = suggestions.suggestion_id
    left join clusters on suggestions.cluster_id = clusters.cluster_id
)

select * from final
order by rank, suggestion_id
