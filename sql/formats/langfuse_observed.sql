-- What: what the observations of a trace tell of it, and the observations as the API gives them.
-- Grain: one row per trace with an observation. Times UTC. A field of the trace is that of its earliest observation
--        that has it.
select
    trace_id,
    arg_min(source_file, (source_file, source_row)) as source_file,
    arg_min(source_row, (source_file, source_row)) as source_row,
    min(start_time) as first_at,
    arg_min(user_id, coalesce(start_time, '~')) as user_id,
    arg_min(session_id, coalesce(start_time, '~')) as session_id,
    arg_min(trace_name, coalesce(start_time, '~')) as trace_name,
    arg_min(release, coalesce(start_time, '~')) as release,
    arg_min(environment, coalesce(start_time, '~')) as environment,
    arg_min(tags, coalesce(start_time, '~')) as tags,
    sum(older_count)::bigint as older_count,
    list(
        json_object(
            'id', id,
            'type', type,
            'parentObservationId', parent_observation_id,
            'startTime', in_utc(start_time),
            'endTime', in_utc(end_time),
            'level', level,
            'model', provided_model_name,
            'promptName', nullif(prompt_name, ''),
            'promptVersion', whole(prompt_version),
            'usageDetails', try_cast(usage_details as json),
            'metadata', metadata,
            'input', input,
            'output', output
        )
        order by start_time, id
    ) as observations
from langfuse_observations
group by trace_id
