-- What: scores that the judge gave, newest judgement of each response and metric.
-- Grain: one row per response and metric, scorer 'judge': of new judgements, and of days whose sample changed.
-- Units: score 0..1; inclusion_probability 0..1, final where a budget cut the sample off; cost in US dollars.
-- NULLs: score NULL: unscored, with its reason. The newest log version wins, then the greatest event id.
-- Needs: judge_calls and judge_samples with the new events in.
with drawn as (
    select cast(data ->> '$.day' as date) as day
    from events
    where type = 'sample.drawn'
),

due as (
    select
        data ->> '$.conversation_id' as conversation_id,
        cast(data ->> '$.turn_index' as integer) as turn_index
    from events
    where type = 'response.judged'
    union
    select
        conversation_id,
        turn_index
    from judge_calls
    semi join drawn on judge_calls.day = drawn.day
),

newest as (
    select calls.*
    from judge_calls as calls
    semi join due on calls.conversation_id = due.conversation_id and calls.turn_index = due.turn_index
    qualify row_number() over (
        partition by calls.conversation_id, calls.turn_index, calls.metric
        order by calls.log_version desc, calls.judgement_id desc
    ) = 1
),

final as (
    select
        newest.conversation_id,
        newest.turn_index,
        newest.metric,
        'judge' as scorer,
        newest.score,
        newest.unscored_reason,
        concat_ws('/', newest.model, newest.prompt_version) as scorer_version,
        coalesce(samples.inclusion_probability, newest.drawn_probability) as inclusion_probability,
        newest.cost_usd
    from newest
    left join judge_samples as samples
        on
            newest.day = samples.day
            and newest.conversation_id = samples.conversation_id
            and newest.turn_index = samples.turn_index
)

select * from final
