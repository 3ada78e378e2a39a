-- What: what was refused in the week, and why; in the newest week also what was refused since, by hand for instance.
-- Grain: one row per source and rule with records refused from $week_start on.
-- Units: counts of records and, as far as can be seen, of turns.
-- NULLs: turn_count where no record could be read.
select
    source_name,
    rule,
    min(reason) as reason,
    count(*) as record_count,
    sum(turn_count)::bigint as turn_count
from quarantine
where
    quarantined_at >= $week_start
    and (
        quarantined_at < $week_end
        or not exists (
            select 1 from conversations
            where conversations.started_at >= $week_end
        )
    )
group by source_name, rule
order by record_count desc, source_name asc, rule asc
