-- What: how long answers took.
-- Grain: one row per bin of $bin_ms milliseconds with answers in $week; the last bin, at $last_ms, is open to the right.
-- Units: bin_start_ms in milliseconds; response_count is answers.
-- NULLs: answers without a measured latency are left out.
select
    least(floor(turns.latency_ms / $bin_ms) * $bin_ms, $last_ms) as bin_start_ms,
    count(*) as response_count
from turns
inner join production_conversations as conversations on turns.conversation_id = conversations.conversation_id
where
    conversations.week = $week
    and turns.role = 'assistant'
    and turns.latency_ms >= 0
group by bin_start_ms
order by bin_start_ms
