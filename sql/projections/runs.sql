-- What: runs of stages that changed something.
-- Grain: one row per stage.completed event.
-- Units: counts of the stage's own units; completed_at UTC, when it was recorded.
-- NULLs: none.
with incoming as (
    select
        id as run_id,
        recordedtime as completed_at,
        unnest(from_json(
            data,
            '{
                "stage": "VARCHAR", "day": "DATE", "read": "BIGINT", "appended": "BIGINT",
                "skipped": "BIGINT", "quarantined": "BIGINT", "notes": "JSON"
            }'
        ))
    from events
    where type = 'stage.completed'
),

final as (
    select
        run_id,
        stage,
        day,
        read as read_count,
        appended as appended_count,
        skipped as skipped_count,
        quarantined as quarantined_count,
        coalesce(notes, '{}') as notes,
        completed_at
    from incoming
)

select * from final
