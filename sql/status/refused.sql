-- What: what was refused and why, over all days.
-- Grain: one row per source and rule, most records first.
-- Units: counts of records and of the turns they held.
select
    source_name,
    rule,
    sum(record_count) as record_count,
    sum(turn_count) as turn_count,
    max(day) as newest_day
from quarantine_summary
group by source_name, rule
order by record_count desc, source_name asc, rule asc
