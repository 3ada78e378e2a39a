-- What: conversations per day, to compare a day's volume with.
-- Grain: one row per day from $first to $last (both included) that holds conversations.
-- NULL: none; a day without conversations has no row.
select count(*) as conversation_count
from conversations
where
    day between $first and $last
    and origin = 'production'
group by day
order by day asc
