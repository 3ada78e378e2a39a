-- What: the versions that came lately, each with the version that came before it.
-- Grain: one row per assistant, dimension (assistant_version, config_version) and version whose first day is at most
--   $horizon_days before the day after $day.
-- Units: days of the team's time zone. A version came with its first conversation up to $day.
-- NULLs: conversations that name no version are left out; an assistant's first version has none before it and no row.
with named as (
    select
        assistant_id,
        'assistant_version' as dimension,
        assistant_version as version,
        started_at,
        day
    from production_conversations
    where
        assistant_version is not null
        and day <= $day::date
    union all
    select
        assistant_id,
        'config_version' as dimension,
        config_version as version,
        started_at,
        day
    from production_conversations
    where
        config_version is not null
        and day <= $day::date
),

versions as (
    select
        assistant_id,
        dimension,
        version,
        min(started_at) as first_at,
        min(day) as first_day
    from named
    group by assistant_id, dimension, version
),

final as (
    select
        assistant_id,
        dimension,
        version,
        lag(version) over (partition by assistant_id, dimension order by first_at asc, version asc) as version_before,
        first_day
    from versions
)

select * from final
where
    version_before is not null
    and first_day > $day::date - $horizon_days::integer
order by assistant_id asc, dimension asc, version asc
