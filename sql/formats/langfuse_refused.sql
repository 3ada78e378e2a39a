-- What: rows that belong to no trace, and people's scores of what is not among the tables, with the reason against it.
-- Grain: one row per refused row, of a score with older ones counted in it; record is the row as JSON.
select
    source_file,
    source_row,
    to_json({
        'id': id,
        'trace_id': trace_id,
        'input': input,
        'output': output,
        'user_id': user_id
    })::varchar as record,
    if(coalesce(id, '') = '', 'no `id` of the observation', 'no `trace_id` of the observation') as refusal
from (
    select * from observations_v2
    union all by name
    select * from observations
)
where coalesce(id, '') = '' or coalesce(trace_id, '') = ''
union all by name
select
    source_file,
    source_row,
    to_json({
        'id': id,
        'session_id': session_id,
        'input': input,
        'output': output,
        'user_id': user_id
    })::varchar as record,
    'no `id` of the trace' as refusal
from traces
where coalesce(id, '') = ''
union all by name
select
    source_file,
    source_row,
    to_json({
        'id': id,
        'trace_id': trace_id,
        'name': name,
        'value': value,
        'comment': comment
    })::varchar as record,
    'no `id` of the score' as refusal
from scores
where coalesce(id, '') = ''
union all by name
select
    source_file,
    source_row,
    to_json({
        'id': id,
        'trace_id': trace_id,
        'name': name,
        'value': value,
        'string_value': string_value,
        'comment': comment,
        'older_rows': older_count
    })::varchar as record,
    if(
        trace_id is null,
        'the score names neither a trace nor a session',
        'the trace of the score is in no file of the export: ingest the whole export'
    ) as refusal
from langfuse_scores
where
    not has_trace
    and session_id is null
    and dataset_run_id is null
    and source in ('API', 'ANNOTATION')
