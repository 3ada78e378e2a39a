-- What: the last fourteen days on which ingest ran: what arrived and how it went.
-- Grain: one row per day, newest first.
-- Units: counts; failure_rate 0..1.
-- NULLs: failure_rate NULL where no conversation of the day was judged.
select
    completeness.day,
    completeness.sources_arrived,
    completeness.sources_expected,
    completeness.conversation_count,
    completeness.skipped_count,
    completeness.quarantined_count,
    daily_quality.failure_rate
from completeness
left join daily_quality
    on completeness.day = daily_quality.day
order by completeness.day desc
limit 14
