-- What: where a scorer and the annotators are furthest apart.
-- Grain: one row per labelled conversation or response, metric and scorer; at most twenty.
-- Units: as in the mart disagreements.
select
    conversation_id,
    turn_index,
    metric,
    scorer,
    score,
    label,
    difference
from disagreements
order by
    abs(difference) desc,
    conversation_id asc,
    turn_index asc,
    metric asc,
    scorer asc
limit 20
