-- What: what Great Expectations said of each batch, its newest check.
-- Grain: one row per batch, suite and expectation; one that stands twice in a suite is numbered from #2.
-- Units: counts of rows.
-- NULLs: observed is NULL but for batch expectations.
with checks as (
    select
        data ->> '$.batch' as batch,
        cast(data ->> '$.day' as date) as day,
        from_json(
            data -> '$.results',
            '[{
                "suite": "VARCHAR", "expectation": "VARCHAR", "is_success": "BOOLEAN",
                "evaluated_count": "BIGINT", "unexpected_count": "BIGINT", "observed": "VARCHAR"
            }]'
        ) as results
    from events
    where type = 'batch.validated'
    qualify row_number() over (partition by data ->> '$.batch' order by log_version desc, id desc) = 1
),

results as (
    select
        batch,
        day,
        generate_subscripts(results, 1) as place,
        unnest(results, recursive := true)
    from checks
),

numbered as (
    select
        *,
        row_number() over (partition by batch, suite, expectation order by place) as ordinal
    from results
),

final as (
    select
        concat_ws('/', batch, suite, expectation)
        || case when ordinal > 1 then '#' || ordinal else '' end as validation_id,
        batch,
        day,
        suite,
        expectation,
        is_success,
        evaluated_count,
        unexpected_count,
        observed
    from numbered
)

select * from final
