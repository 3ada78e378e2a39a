-- What: how clusters of a fit are tied to those of the fit before.
-- Grain: one row per fit, cluster and older cluster.
-- Units: shared counts members in both. Of two fits with one id the newest log version wins.
with fits as (
    select
        id as event_id,
        log_version,
        data ->> '$.fit_id' as fit_id,
        data ->> '$.cluster_id' as cluster_id,
        unnest(from_json(
            data -> '$.lineage', '[{"parent_cluster_id": "VARCHAR", "kind": "VARCHAR", "shared": "BIGINT"}]'
        )) as tie
    from events
    where type = 'cluster.fitted'
),

final as (
    select
        fit_id,
        cluster_id,
        tie.parent_cluster_id,
        tie.kind,
        tie.shared
    from fits
    qualify row_number() over (
        partition by fit_id, cluster_id, tie.parent_cluster_id
        order by log_version desc, event_id desc, tie.kind asc, tie.shared asc
    ) = 1
)

select * from final
