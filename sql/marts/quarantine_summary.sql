-- What: what was refused and why, by day.
-- Grain: one row per day (UTC), source and rule.
-- Units: counts of records, and of the turns that they held as far as could be seen.
-- NULLs: turn_count is 0 where nothing could be seen.
with final as (
    select
        cast(timezone('UTC', quarantined_at) as date) as day,
        source_name,
        rule,
        count(*) as record_count,
        count(distinct file) as file_count,
        coalesce(sum(turn_count), 0) as turn_count
    from quarantine
    group by cast(timezone('UTC', quarantined_at) as date), source_name, rule
)

select * from final
