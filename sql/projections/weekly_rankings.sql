-- What: the rankings of weeks published for the first time: what was shown stays as it was shown.
-- Grain: one row per week and suggestion.
-- Units: rank from 1; impact in points of the success rate, −1..1.
-- NULLs: impact NULL: none was shown.
with lists as (
    select
        data ->> '$.week' as week,
        from_json(
            data -> '$.ranking',
            '[{
                "suggestion_id": "VARCHAR", "rank": "INTEGER", "impact_estimate": "DOUBLE",
                "impact_low": "DOUBLE", "impact_high": "DOUBLE"
            }]'
        ) as ranking
    from events
    where
        type = 'list.published'
        and (data ->> '$.week') not in (select weekly_rankings.week from weekly_rankings)
    qualify row_number() over (partition by data ->> '$.week' order by log_version, id) = 1
),

final as (
    select
        week,
        unnest(ranking, recursive := true)
    from lists
)

select * from final
