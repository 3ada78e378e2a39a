-- A Poisson sample of the responses to judge, by permanent random numbers.
-- grain: one row per sampled response of a production conversation given from $since up to and without $until, UTC.
--     Responses without text are no part of the population; those of a conversation that goes on are: tomorrow's draw
--     looks at tomorrow's responses.
-- population: the number of responses that could have been chosen, the same in every row.
-- parameters: $seed; $rate in (0, 1]: each response is chosen independently with this probability.
-- source: upturn.judge.sampling.permanent_random_number is the same rule; a test holds them together.
with population as (
    select
        turns.conversation_id,
        turns.turn_index,
        count(*) over () as population
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

final as (
    select
        conversation_id,
        turn_index,
        population
    from population
    where
        cast('0x' || left(md5(concat($seed, chr(31), conversation_id, chr(31), turn_index)), 13) as bigint)
        / 4503599627370496.0 < $rate
    order by conversation_id, turn_index
)

select * from final
