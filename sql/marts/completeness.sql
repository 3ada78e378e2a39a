-- What: whether each day is whole: what ingest said arrived, and what validation let through.
-- Grain: one row per day on which ingest ran, its newest run.
-- Units: counts of sources, records (skipped: of no conversation) and conversations of that day's start.
-- NULLs: sources_arrived and sources_expected are NULL where the run noted none.
with ingests as (
    select
        day,
        read_count,
        skipped_count,
        quarantined_count,
        notes,
        completed_at
    from runs
    where stage = 'ingest'
    qualify row_number() over (partition by day order by completed_at desc, run_id desc) = 1
),

days as (
    select
        day,
        count(*) as conversation_count
    from conversations
    group by day
),

final as (
    select
        ingests.day,
        try_cast(ingests.notes ->> '$.sources_arrived' as bigint) as sources_arrived,
        try_cast(ingests.notes ->> '$.sources_expected' as bigint) as sources_expected,
        ingests.read_count,
        ingests.skipped_count,
        ingests.quarantined_count,
        coalesce(days.conversation_count, 0) as conversation_count,
        ingests.notes
    from ingests
    left join days
        on ingests.day = days.day
)

select * from final
