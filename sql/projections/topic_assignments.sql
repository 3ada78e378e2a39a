-- What: the topic that the newest fit among the new events gave to each conversation.
-- Grain: one row per conversation with a new topic.
-- Units: fitted_on is the day of the fit; of one day the newest log version wins, then the greatest event id.
with fits as (
    select
        id as event_id,
        log_version,
        cast(data ->> '$.day' as date) as fitted_on,
        from_json(data -> '$.assignments', '"MAP(VARCHAR, VARCHAR[])"') as assignments
    from events
    where type = 'topic_model.fitted'
),

by_topic as (
    select
        event_id,
        log_version,
        fitted_on,
        unnest(map_entries(assignments)) as entry
    from fits
),

by_conversation as (
    select
        event_id,
        log_version,
        fitted_on,
        entry.key as topic_id,
        unnest(entry.value) as conversation_id
    from by_topic
),

final as (
    select
        conversation_id,
        topic_id,
        fitted_on,
        log_version
    from by_conversation
    qualify row_number() over (
        partition by conversation_id
        order by fitted_on desc, log_version desc, event_id desc, topic_id asc
    ) = 1
)

select * from final
