-- What: scores of a session, of a run of a data set, and a model's of a trace that is not among the tables.
-- Grain: one row per score. A score of a trace elsewhere is its session's where it names one.
select
    source_file,
    source_row,
    json_object(
        'trace', known(
            json_object(
                'sessionId', session_id,
                'datasetRunId', dataset_run_id,
                'scores', [score],
                'leftOut', counts([('older row', older_count)])
            )
        ),
        'observations', []
    )::varchar as record,
    null::varchar as refusal
from langfuse_scores
where
    not has_trace
    and (session_id is not null or dataset_run_id is not null or coalesce(source, '') not in ('API', 'ANNOTATION'))
