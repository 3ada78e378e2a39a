-- What: scores as they stand, as the API gives them, and whether their trace is among the tables.
-- Grain: one row per score. Times UTC. trace_id is NULL where the score is of a session or of a run of a data set.
with newest as (
    select
        *,
        count(*) over (partition by id) - 1 as older_count
    from scores
    where id != ''
    qualify
        row_number() over (
            partition by id
            order by updated_at desc nulls last, source_file desc, source_row desc
        ) = 1
)

select
    newest.* replace (
        nullif(newest.trace_id, '') as trace_id,
        nullif(newest.session_id, '') as session_id,
        nullif(newest.dataset_run_id, '') as dataset_run_id
    ),
    langfuse_traces.id is not null as has_trace,
    known(
        json_object(
            'id', newest.id,
            'timestamp', in_utc(newest.timestamp),
            'name', newest.name,
            'source', newest.source,
            'dataType', newest.data_type,
            'value', try_cast(newest.value as double),
            'stringValue', newest.string_value,
            'comment', newest.comment,
            'observationId', nullif(newest.observation_id, ''),
            'sessionId', if(nullif(newest.trace_id, '') is null, newest.session_id, null),
            'updatedAt', in_utc(newest.updated_at)
        )
    ) as score
from newest
left join langfuse_traces on newest.trace_id = langfuse_traces.id
