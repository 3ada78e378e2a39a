-- What: clusters of failures with how far a fix would reach.
-- Grain: one row per cluster.
-- Units: size counts failures, exposure_count conversations; success rate and exposed_share 0..1; the share is of all
--        closed production conversations of the days that the exposure spans.
-- NULLs: a share or rate of nothing is NULL.
with exposed as (
    select
        exposures.cluster_id,
        count(*) as exposure_count,
        count(failures.conversation_id) as judged_count,
        count(*) filter (where failures.is_failure) as failure_count,
        min(conversations.day) as first_day,
        max(conversations.day) as last_day
    from exposures
    inner join production_conversations as conversations
        on exposures.conversation_id = conversations.conversation_id
    left join failures
        on exposures.conversation_id = failures.conversation_id
    group by exposures.cluster_id
),

spans as (
    select
        exposed.cluster_id,
        count(*) as conversation_count
    from exposed
    inner join production_conversations as conversations
        on conversations.day between exposed.first_day and exposed.last_day
    group by exposed.cluster_id
),

final as (
    select
        clusters.cluster_id,
        clusters.assistant_id,
        clusters.title,
        clusters.status,
        clusters.size,
        clusters.stability,
        clusters.first_seen,
        clusters.last_seen,
        coalesce(exposed.exposure_count, 0) as exposure_count,
        round(exposed.exposure_count / nullif(spans.conversation_count, 0), 6) as exposed_share,
        round(1 - exposed.failure_count / nullif(exposed.judged_count, 0), 6) as exposed_success_rate
    from clusters
    left join exposed
        on clusters.cluster_id = exposed.cluster_id
    left join spans
        on clusters.cluster_id = spans.cluster_id
)

select * from final
