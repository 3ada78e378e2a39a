-- What: what was drawn for annotators, with the greatest probability that any draw gave it.
-- Grain: one row per conversation or response that was drawn.
-- Units: inclusion_probability 0..1; days of the team's time zone, both inclusive; times UTC.
-- NULLs: turn_index NULL: the conversation as a whole. Equal probabilities: the newest log version, then the event id.
with incoming as (
    select
        id as event_id,
        log_version,
        unnest(from_json(
            data,
            '{
                "conversation_id": "VARCHAR", "turn_index": "INTEGER", "metrics": "JSON", "stratum": "VARCHAR",
                "inclusion_probability": "DOUBLE", "random_number": "DOUBLE", "first_day": "DATE", "last_day": "DATE",
                "requested_by": "VARCHAR", "requested_at": "TIMESTAMPTZ"
            }'
        ))
    from events
    where type = 'label.requested'
),

final as (
    select
        concat_ws('#', conversation_id, turn_index) as request_id,
        * exclude (event_id)
    from incoming
    qualify row_number() over (
        partition by conversation_id, turn_index
        order by inclusion_probability desc, log_version desc, event_id desc
    ) = 1
)

select * from final
