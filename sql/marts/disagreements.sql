-- What: where a scorer and the annotators are far apart, so that somebody can look.
-- Grain: one row per labelled conversation or response, metric and scorer, at least .4 apart.
-- Units: score, label 0..1; difference = score − label.
-- NULLs: turn_index NULL: the conversation as a whole.
select
    conversation_id,
    turn_index,
    metric,
    scorer,
    scorer_version,
    score,
    label,
    round(score - label, 6) as difference
from labelled_scores
where abs(score - label) >= 0.4 - 1e-9
