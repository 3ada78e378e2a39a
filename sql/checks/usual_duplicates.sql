-- What: what is usual of each source: the share of its conversation ids that came in several records of one batch.
-- Grain: one row per source that came in three batches or more from day $first to $last (both included).
-- Units: shares 0..1; spread is the median distance from the usual share.
-- NULL: none; a batch in which a source told of no conversation does not count.
with earlier as (
    select
        observed::double as duplicate_share,
        regexp_extract(expectation, '^duplicate_share of (.*) is usual$', 1) as source_name
    from validations
    where
        suite = 'batch'
        and expectation like 'duplicate_share of % is usual'
        and observed is not null
        and day between $first and $last
),

final as (
    select
        source_name,
        median(duplicate_share) as usual_share,
        mad(duplicate_share) as spread
    from earlier
    group by source_name
    having count(*) >= 3
)

select * from final
order by source_name asc
