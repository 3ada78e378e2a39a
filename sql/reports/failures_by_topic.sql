-- What: where failures are: by what the user wanted.
-- Grain: one row per topic with conversations in $week; topic_id NULL: no topic yet.
-- Units: failure 0..1 = mean failure_probability, failure_variance of that mean over users; failure_count is
-- conversations; failed_total = expected failed conversations of the week.
-- NULLs: variance is NULL with fewer than two users; conversations that were not judged are left out.
with per_person as (
    select
        conversations.topic_id,
        coalesce(conversations.user_key, conversations.conversation_id) as person,
        count(*) as conversations,
        sum(failures.failure_probability) as failed
    from production_conversations as conversations
    inner join failures on conversations.conversation_id = failures.conversation_id
    where conversations.week = $week
    group by conversations.topic_id, person
),

sums as (
    select
        topic_id,
        sum(conversations)::bigint as failure_count,
        sum(failed) as failed_total,
        sum(failed) / sum(conversations) as failure,
        sum(failed * failed) as squares,
        sum(failed * conversations) as products,
        sum(conversations * conversations) as weight_squares,
        count(*) as users
    from per_person
    group by topic_id
),

final as (
    select
        sums.topic_id,
        topics.title,
        round(sums.failed_total, 6) as failed_total,
        round(sums.failure, 9) as failure,
        round(
            (sums.squares - 2 * sums.failure * sums.products + sums.failure * sums.failure * sums.weight_squares)
            / (sums.failure_count * sums.failure_count)
            * sums.users / nullif(sums.users - 1, 0),
            12
        ) as failure_variance,
        sums.failure_count
    from sums
    left join topics on sums.topic_id = topics.topic_id
)

select * from final
order by failed_total desc, topic_id asc nulls last
limit 12
