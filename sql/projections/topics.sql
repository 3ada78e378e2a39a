-- What: the topics of the newest fit, new or known, with how many conversations they hold.
-- Grain: one row per topic; the whole table.
-- Units: size counts conversations assigned so far; fitted_on is the day of the fit.
-- NULLs: none. A fit that names no topics only applied an older one and is left out.
with fits as (
    select
        id as event_id,
        log_version,
        data ->> '$.fit_id' as fit_id,
        cast(data ->> '$.day' as date) as fitted_on,
        from_json(
            data -> '$.topics', '[{"topic_id": "VARCHAR", "title": "VARCHAR", "top_terms": "JSON"}]'
        ) as fitted_topics
    from events
    where type = 'topic_model.fitted'
),

newest_fit as (
    select *
    from fits
    where
        len(fitted_topics) > 0
        and fitted_on >= coalesce((select max(topics.fitted_on) from topics), fitted_on)
    order by fitted_on desc, log_version desc, event_id desc
    limit 1
),

named as (
    select
        fit_id,
        fitted_on,
        unnest(fitted_topics, recursive := true)
    from newest_fit
    union all by name
    select
        topics.fit_id,
        topics.fitted_on,
        topics.topic_id,
        topics.title,
        topics.top_terms
    from topics
    where not exists (select 1 from newest_fit)
),

sizes as (
    select
        topic_id,
        count(*) as size
    from working.topic_assignments
    group by topic_id
),

final as (
    select
        named.topic_id,
        named.title,
        named.top_terms,
        coalesce(sizes.size, 0) as size,
        named.fit_id,
        named.fitted_on
    from named
    left join sizes
        on named.topic_id = sizes.topic_id
    qualify row_number() over (partition by named.topic_id order by named.title, named.top_terms) = 1
)

select * from final
