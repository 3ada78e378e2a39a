-- What: where in a conversation things go wrong: of those that reach a turn, how many have not failed by then.
-- Grain: one row per week and turn number that a judged conversation reached.
-- Units: turn_number counts user, assistant and agent turns from 1; survival_rate 0..1.
-- NULLs: a failure without a turn counts at its last turn.
with judged as (
    select
        conversations.conversation_id,
        conversations.week,
        conversations.turn_count,
        failures.is_failure,
        failures.failed_turn_index
    from production_conversations as conversations
    inner join failures
        on conversations.conversation_id = failures.conversation_id
    where conversations.turn_count > 0
),

failed_at as (
    select
        judged.conversation_id,
        count(*) filter (where turns.turn_index <= judged.failed_turn_index) as turn_number
    from judged
    inner join turns
        on judged.conversation_id = turns.conversation_id
    where
        judged.is_failure
        and judged.failed_turn_index is not null
        and turns.role in ('user', 'assistant', 'agent')
    group by judged.conversation_id
),

reached as (
    select
        judged.week,
        unnest(generate_series(1, judged.turn_count)) as turn_number,
        case
            when judged.is_failure and failed_at.turn_number is null then judged.turn_count
            when judged.is_failure then greatest(failed_at.turn_number, 1)
        end as failed_number
    from judged
    left join failed_at
        on judged.conversation_id = failed_at.conversation_id
),

final as (
    select
        week,
        turn_number,
        count(*) as reached_count,
        count(*) filter (where failed_number = turn_number) as failed_here_count,
        round(1 - count(*) filter (where failed_number <= turn_number) / count(*), 6) as survival_rate
    from reached
    group by week, turn_number
)

select * from final
