-- What of the drawn sample the judge has still to read, with the request that each response answers.
-- grain: one row per response of the temp table sampled that no judgement of this metric and prompt is about.
-- parameters: $metric; $prompt_version, the end of a judge's scorer_version (model/prompt); $passing_reasons: reasons of
--     unscored judgements that are asked for again.
with judged as (
    select
        conversation_id,
        turn_index
    from response_scores
    where
        scorer = 'judge'
        and metric = $metric
        and suffix(scorer_version, '/' || $prompt_version)
        and (unscored_reason is null or not list_contains($passing_reasons, unscored_reason))
),

user_turns as (
    select
        sampled.conversation_id,
        sampled.turn_index,
        max(turns.turn_index) as request_index
    from sampled
    inner join turns on sampled.conversation_id = turns.conversation_id
    where turns.role = 'user' and turns.turn_index < sampled.turn_index and turns.content <> ''
    group by sampled.conversation_id, sampled.turn_index
),

final as (
    select
        sampled.conversation_id,
        sampled.turn_index,
        requests.content as request,
        answers.content as answer,
        sampled.inclusion_probability
    from sampled
    inner join turns as answers
        on sampled.conversation_id = answers.conversation_id and sampled.turn_index = answers.turn_index
    left join user_turns
        on sampled.conversation_id = user_turns.conversation_id and sampled.turn_index = user_turns.turn_index
    left join turns as requests
        on user_turns.conversation_id = requests.conversation_id and user_turns.request_index = requests.turn_index
    anti join judged
        on sampled.conversation_id = judged.conversation_id and sampled.turn_index = judged.turn_index
    where answers.role = 'assistant' and answers.content <> ''
    order by sampled.conversation_id, sampled.turn_index
)

select * from final
