-- What: how much arrived each day of the week, internal, test and open conversations too.
-- Grain: one row per day of the week that begins on $monday, seven always.
-- Units: counts of conversations.
-- NULLs: none; a day without conversations counts 0.
with days as (
    select unnest(range($monday::date, $monday::date + interval 7 day, interval 1 day))::date as day
),

final as (
    select
        days.day,
        count(conversations.conversation_id) as conversation_count,
        count(*) filter (where conversations.is_open) as open_count,
        count(*) filter (where conversations.is_internal or conversations.origin <> 'production') as left_out_count
    from days
    left join conversations on days.day = conversations.day
    group by days.day
)

select * from final
order by day
