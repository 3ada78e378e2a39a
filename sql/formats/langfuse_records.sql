-- What: traces with their observations and scores, as the API gives them.
-- Grain: one row per trace. Counted in trace.leftOut: further rows of the trace, its observations and its scores.
with scored as (
    select
        trace_id,
        list(score order by timestamp, id) as scores,
        sum(older_count)::bigint as older_count
    from langfuse_scores
    where has_trace
    group by trace_id
)

select
    told.source_file,
    told.source_row,
    json_object(
        'trace', known(
            json_object(
                'id', told.id,
                'timestamp', told.timestamp,
                'name', told.name,
                'sessionId', told.session_id,
                'userId', told.user_id,
                'release', told.release,
                'version', told.version,
                'environment', told.environment,
                'tags', told.tags,
                'metadata', told.metadata,
                'input', told.input,
                'output', told.output,
                'scores', coalesce(scored.scores, []),
                'leftOut', counts([('older row', told.older_count + coalesce(scored.older_count, 0))])
            )
        ),
        'observations', told.observations
    )::varchar as record,
    null::varchar as refusal
from langfuse_traces as told
left join scored on told.id = scored.trace_id
