-- What: success by turn: of the conversations that get to their n-th answer without having gone wrong, the share that
-- does not go wrong there.
-- Grain: one row per place of the answer in the conversation, 1 to 10, with conversations that got there in $week.
-- Units: success 0..1; success_variance of that share, linearised over users (a user without a key stands for one
-- conversation); success_count is conversations.
-- NULLs: a failed turn before the first answer counts at the first; conversations without an answer are left out; the
-- variance where fewer than two users got there.
with judged as (
    select
        failures.conversation_id,
        coalesce(conversations.user_key, conversations.conversation_id) as person,
        failures.is_failure,
        failures.failed_turn_index
    from failures
    inner join production_conversations as conversations on failures.conversation_id = conversations.conversation_id
    where conversations.week = $week
),

answered as (
    select
        judged.conversation_id,
        judged.person,
        count(*) as answers,
        case
            when judged.is_failure
                then greatest(1, count(*) filter (where turns.turn_index <= coalesce(judged.failed_turn_index, 0)))
        end as failed_answer
    from judged
    inner join turns on judged.conversation_id = turns.conversation_id
    where turns.role = 'assistant'
    group by judged.conversation_id, judged.person, judged.is_failure, judged.failed_turn_index
),

places as (
    select unnest(range(1, 11)) as answer
),

per_person as (
    select
        places.answer,
        answered.person,
        count(*) as conversations,
        count(*) filter (where answered.failed_answer = places.answer) as failed,
        conversations - failed as passed
    from places
    inner join answered
        on
            places.answer <= answered.answers
            and (answered.failed_answer is null or places.answer <= answered.failed_answer)
    group by places.answer, answered.person
),

sums as (
    select
        answer,
        sum(conversations)::bigint as success_count,
        sum(failed)::bigint as failed_count,
        sum(passed) as passed_count,
        sum(passed * passed) as squares,
        sum(passed * conversations) as products,
        sum(conversations * conversations) as count_squares,
        count(*) as users
    from per_person
    group by answer
),

final as (
    select
        answer::integer as answer,
        round(passed_count / success_count, 9) as success,
        round(ratio_variance(passed_count, success_count, squares, products, count_squares, users), 12) as success_variance,
        success_count,
        failed_count
    from sums
)

select * from final
order by answer
