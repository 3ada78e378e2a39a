-- What: personal data that was replaced on the last fourteen days on which ingest ran.
-- Grain: one row per kind, as the note of ingest names it; ids_like_email counts ids that were kept.
-- Units: replacements, and days on which there were any; of a day that ran more than once its last run counts.
-- NULLs: none. No row where nothing was replaced.
with ingested as (
    select
        day,
        arg_max(notes, completed_at) as notes
    from runs
    where stage = 'ingest'
    group by day
    order by day desc
    limit 14
),

noted as (
    select
        day,
        notes,
        unnest(json_keys(notes)) as kind
    from ingested
),

final as (
    select
        kind,
        sum(json_extract_string(notes, '$."' || kind || '"')::bigint)::bigint as replaced_count,
        count(distinct day) as day_count
    from noted
    where kind like 'redacted\_%' escape '\' or kind = 'ids_like_email'
    group by kind
)

select * from final
order by replaced_count desc, kind asc
