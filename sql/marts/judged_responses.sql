-- What: the responses that the judge was asked about, each with what it stands for.
-- Grain: one row per response of a sample and metric, in closed production conversations; week of the day judged.
-- Units: weight = 1 / (inclusion probability × responses with text of the conversation); scores 0..1; US dollars.
-- NULLs: score NULL: unscored, with its reason. cell NULL: the stratum has fewer than 5 scored responses in the week, or
--        is not known; such strata are one.
with counts as (
    select
        conversation_id,
        count(*) as response_count
    from turns
    where role = 'assistant' and regexp_matches(content, '[\pL\pN]')
    group by conversation_id
),

-- A turn whose time was revised may be in the samples of two days.
drawn as (
    select *
    from judge_samples
    qualify row_number() over (partition by conversation_id, turn_index order by day desc) = 1
),

judged as (
    select
        strftime(samples.day, '%G-W%V') as week,
        samples.day,
        scores.metric,
        scores.scorer_version,
        scores.conversation_id,
        scores.turn_index,
        scores.score,
        scores.unscored_reason,
        1 / (scores.inclusion_probability * counts.response_count) as weight,
        scores.cost_usd,
        samples.stratum
    from response_scores as scores
    inner join drawn as samples
        on scores.conversation_id = samples.conversation_id and scores.turn_index = samples.turn_index
    inner join production_conversations as conversations
        on scores.conversation_id = conversations.conversation_id
    inner join counts on scores.conversation_id = counts.conversation_id
    where scores.scorer = 'judge' and scores.inclusion_probability > 0
),

final as (
    select
        week,
        day,
        metric,
        scorer_version,
        conversation_id,
        turn_index,
        score,
        unscored_reason,
        weight,
        stratum,
        case when count(score) over (partition by week, metric, stratum) >= 5 then stratum end as cell,
        cost_usd
    from judged
)

select * from final
