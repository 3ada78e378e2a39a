-- What: each annotator's newest word on one metric of what was drawn.
-- Grain: one row per conversation or response, metric and annotator.
-- Units: score and inclusion_probability 0..1; times UTC.
-- NULLs: score NULL: the annotator could not say, with the reason. Equal times: the newest log version, then event id.
with incoming as (
    select
        id as event_id,
        log_version,
        unnest(from_json(
            data,
            '{
                "conversation_id": "VARCHAR", "turn_index": "INTEGER", "metric": "VARCHAR", "score": "DOUBLE",
                "unlabelled_reason": "VARCHAR", "annotator": "VARCHAR", "inclusion_probability": "DOUBLE",
                "given_at": "TIMESTAMPTZ"
            }'
        ))
    from events
    where type = 'label.given'
),

final as (
    select
        concat_ws('/', concat_ws('#', conversation_id, turn_index), metric, annotator) as label_id,
        concat_ws('#', conversation_id, turn_index) as request_id,
        * exclude (event_id, given_at),
        given_at as labelled_at
    from incoming
    qualify row_number() over (
        partition by conversation_id, turn_index, metric, annotator
        order by given_at desc, log_version desc, event_id desc
    ) = 1
)

select * from final
