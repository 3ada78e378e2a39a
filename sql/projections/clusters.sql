-- What: each cluster as the newest fit among the new events made it.
-- Grain: one row per cluster with a new fit.
-- Units: last_seen is the day of that fit; of one day the newest log version wins, then the greatest event id.
-- NULLs: theme_id and stability may be NULL.
with incoming as (
    select
        id as event_id,
        log_version,
        unnest(from_json(
            data,
            '{
                "cluster_id": "VARCHAR", "fit_id": "VARCHAR", "day": "DATE", "assistant_id": "VARCHAR",
                "theme_id": "VARCHAR", "title": "VARCHAR", "top_terms": "JSON", "stability": "DOUBLE",
                "status": "VARCHAR", "first_seen": "DATE", "exposure_rule": "JSON", "exposure_halves": "JSON",
                "signal_shares": "JSON", "members": "JSON"
            }'
        ))
    from events
    where type = 'cluster.fitted'
),

final as (
    select
        cluster_id,
        assistant_id,
        theme_id,
        title,
        top_terms,
        json_array_length(members) as size,
        stability,
        status,
        first_seen,
        day as last_seen,
        exposure_rule,
        exposure_halves,
        signal_shares,
        fit_id
    from incoming
    qualify row_number() over (
        partition by cluster_id
        order by day desc, log_version desc, event_id desc
    ) = 1
)

select * from final
