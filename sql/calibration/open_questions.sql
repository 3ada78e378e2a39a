-- What: what $annotator has been asked and has not answered.
-- Grain: one row per request and metric without a label of theirs.
-- Units: inclusion_probability 0..1. Order: permanent random number / probability, so that whoever stops early has
--        answered a sample of its own.
with asked as (
    select
        request_id,
        conversation_id,
        turn_index,
        inclusion_probability,
        random_number / inclusion_probability as rank,
        unnest(from_json(metrics, '["VARCHAR"]')) as metric
    from label_requests
)

select
    asked.conversation_id,
    asked.turn_index,
    asked.metric,
    asked.inclusion_probability
from asked
left join labels
    on asked.request_id = labels.request_id and asked.metric = labels.metric and labels.annotator = $annotator
where labels.label_id is null
order by
    asked.rank,
    asked.conversation_id,
    asked.turn_index,
    asked.metric
