-- Which of the drawn responses the judge has answered for, or tried to.
-- grain: one row per response of the temporary table drawn_responses and metric with a judgement by this model.
-- is_final: false where every try failed for a passing reason ($passing): it is asked again.
-- parameters: $model; $passing; $prompt_versions: of the metrics that are asked for now.
select
    calls.conversation_id,
    calls.turn_index,
    calls.metric,
    count(*) as tries,
    bool_or(calls.unscored_reason is null or not list_contains($passing, calls.unscored_reason)) as is_final
from judge_calls as calls
semi join drawn_responses as drawn
    on calls.conversation_id = drawn.conversation_id and calls.turn_index = drawn.turn_index
where calls.model = $model and list_contains($prompt_versions, calls.prompt_version)
group by calls.conversation_id, calls.turn_index, calls.metric
order by calls.conversation_id, calls.turn_index, calls.metric
