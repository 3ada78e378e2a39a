-- The responses of which a day's sample is drawn, and what rules think of each.
-- grain: one row per response of a production conversation given from $since up to and without $until, UTC. Responses
--     without text are no part of the population; those of a conversation that goes on are: tomorrow's draw looks at
--     tomorrow's responses.
-- band: risk: rules call it unsafe, or the turn ended in an error; else by the mean of its rule scores: good from .85,
--     poor below .5, else unsure, also where no rule scored it.
-- response_count: responses with text of the whole conversation. drawn_before: probability with
--     which earlier draws chose it and did not cut it off; 0 where none did.
-- parameters: $since, $until.
with responses as (
    select
        turns.conversation_id,
        turns.turn_index,
        turns.error_type,
        conversations.assistant_id,
        conversations.channel
    from turns
    inner join conversations on turns.conversation_id = conversations.conversation_id
    where
        conversations.origin = 'production'
        and not conversations.is_internal
        and turns.role = 'assistant'
        and turns.occurred_at >= $since
        and turns.occurred_at < $until
        and regexp_matches(turns.content, '[\pL\pN]')
),

rules as (
    select
        conversation_id,
        turn_index,
        sum(cast(round(score * 1000000) as bigint)) / (1000000.0 * count(score)) as mean_score,
        coalesce(bool_or(metric = 'safety' and score < 1), false) as is_unsafe
    from response_scores
    where scorer = 'rule' and score is not null
    group by conversation_id, turn_index
),

counts as (
    select
        turns.conversation_id,
        count(*) as response_count
    from turns
    semi join responses on turns.conversation_id = responses.conversation_id
    where turns.role = 'assistant' and regexp_matches(turns.content, '[\pL\pN]')
    group by turns.conversation_id
),

-- A turn whose time was revised may be in the samples of two days.
drawn as (
    select
        conversation_id,
        turn_index,
        max(inclusion_probability) as inclusion_probability
    from judge_samples
    group by conversation_id, turn_index
),

final as (
    select
        responses.conversation_id,
        responses.turn_index,
        responses.assistant_id,
        responses.channel,
        case
            when rules.is_unsafe or responses.error_type is not null then 'risk'
            when rules.mean_score >= 0.85 then 'good'
            when rules.mean_score < 0.5 then 'poor'
            else 'unsure'
        end as band,
        counts.response_count,
        coalesce(drawn.inclusion_probability, 0.0) as drawn_before
    from responses
    inner join counts on responses.conversation_id = counts.conversation_id
    left join rules
        on responses.conversation_id = rules.conversation_id and responses.turn_index = rules.turn_index
    left join drawn
        on responses.conversation_id = drawn.conversation_id and responses.turn_index = drawn.turn_index
    order by responses.conversation_id, responses.turn_index
)

select * from final
