-- What: labels of whole conversations as feedback, so that whoever reads what people said finds them there.
-- Grain: one row per conversation and annotator with a label on success.
-- Units: score and inclusion_probability 0..1; times UTC.
-- NULLs: score NULL: the annotator could not say. Labels of responses are in the table labels only.
-- Needs: the temporary table incoming_labels, which labels.sql made of the same events.
select
    label_id as feedback_id,
    conversation_id,
    turn_index,
    cast(null as varchar) as turn_key,
    'label' as kind,
    cast(null as varchar) as channel,
    coalesce(cast(score as varchar), unlabelled_reason) as value,
    '0-1' as scale,
    score,
    cast(null as varchar) as comment,
    'annotator' as author,
    inclusion_probability,
    labelled_at as received_at,
    labelled_at as updated_at,
    log_version
from incoming_labels
where metric = 'success'
