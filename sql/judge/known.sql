-- Verdicts that were given before on the same texts, rubrics, model and parameters.
-- grain: one row per content key of the temporary table content_keys and metric; the earliest scored judgement of it.
select
    calls.content_key,
    calls.metric,
    calls.score,
    calls.rationale,
    calls.votes,
    calls.spread
from judge_calls as calls
semi join content_keys on calls.content_key = content_keys.content_key
where calls.score is not null
qualify row_number() over (
    partition by calls.content_key, calls.metric
    order by calls.paid_at, calls.judgement_id
) = 1
order by calls.content_key, calls.metric
