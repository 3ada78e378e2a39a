-- What: every score of the conversations that labels were drawn from, beside what annotators said where they did.
-- Grain: one row per conversation or response, metric and scorer with a score.
-- Units: score and label 0..1 (label: mean over annotators). weight: what the score stands for, each conversation
--        counting once; label_weight: what the label stands for, weight / the label's inclusion probability.
-- NULLs: label and label_weight NULL: not labelled, or the annotator could not say. turn_index NULL: success of the
--        whole, whose scorer is the failure model (1 − failure probability). Volunteered feedback is never a label.
with windows as (
    select distinct
        first_day,
        last_day
    from label_requests
),

population as (
    select
        conversation_id,
        day,
        coalesce(user_key, conversation_id) as unit
    from production_conversations
    where exists (
        select 1
        from windows
        where production_conversations.day between windows.first_day and windows.last_day
    )
),

answers as (
    select
        turns.conversation_id,
        count(*) as response_count
    from turns
    semi join population
        on turns.conversation_id = population.conversation_id
    where turns.role = 'assistant' and regexp_matches(turns.content, '[\pL\pN]')
    group by turns.conversation_id
),

scores as (
    select
        scores.conversation_id,
        scores.turn_index,
        scores.metric,
        scores.scorer,
        scores.scorer_version,
        scores.score,
        1 / nullif(
            scores.inclusion_probability * case
                when scores.scorer = 'rule'
                    then count(*) over (partition by scores.conversation_id, scores.metric, scores.scorer_version)
                else answers.response_count
            end, 0
        ) as weight
    from response_scores as scores
    inner join answers on scores.conversation_id = answers.conversation_id
    where scores.score is not null and scores.scorer <> 'human'
    union all
    select
        failures.conversation_id,
        cast(null as integer) as turn_index,
        'success' as metric,
        'failure model' as scorer,
        failures.model_version as scorer_version,
        1 - failures.failure_probability as score,
        1.0 as weight
    from failures
),

said as (
    select
        labels.request_id,
        labels.metric,
        requests.inclusion_probability,
        round(sum(labels.score) / count(labels.score), 9) as label
    from labels
    inner join label_requests as requests on labels.request_id = requests.request_id
    where labels.score is not null
    group by labels.request_id, labels.metric, requests.inclusion_probability
),

final as (
    select
        scores.conversation_id,
        scores.turn_index,
        scores.metric,
        scores.scorer,
        scores.scorer_version,
        population.day,
        population.unit,
        scores.score,
        scores.weight,
        said.label,
        scores.weight / said.inclusion_probability as label_weight
    from scores
    inner join population on scores.conversation_id = population.conversation_id
    left join said
        on concat_ws('#', scores.conversation_id, scores.turn_index) = said.request_id and scores.metric = said.metric
    where scores.weight > 0
)

select * from final
