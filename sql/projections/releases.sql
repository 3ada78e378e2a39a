-- What: marked changes of prompt, knowledge base, model or code.
-- Grain: one row per release event.
-- Units: released_at UTC.
-- NULLs: assistant_version and note may be NULL.
with incoming as (
    select
        id as release_id,
        unnest(from_json(
            data,
            '{
                "assistant_id": "VARCHAR", "assistant_version": "VARCHAR", "kind": "VARCHAR",
                "released_at": "TIMESTAMPTZ", "note": "VARCHAR"
            }'
        ))
    from events
    where type = 'release.marked'
)

select * from incoming
