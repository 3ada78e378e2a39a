-- What: the columns of staged feedback that the suite `feedback` looks at.
-- Grain: one row per staged piece of feedback; place columns (source_name, file, line, chunk) name its record.
-- Units: lengths in characters for ids, in bytes for comments; hours ahead of the end of the loaded day; score 0..1.
-- NULL: allowed to be missing, or checked by an expectation of its own. A score that is no number is infinite.
-- Needs: the staged files $feedback, and $day_end (the instant at which the loaded day is over, UTC).
with staged as (
    select
        *,
        regexp_extract(filename, '-([0-9]+)\.parquet$', 1) as chunk
    from read_parquet($feedback, filename = true)
),

final as (
    select
        source_name,
        file,
        line,
        chunk,
        coalesce(length(conversation_id), 0) as conversation_id_length,
        coalesce(length(feedback_key), 0) as feedback_key_length,
        length(record_digest) as record_digest_length,
        kind,
        author,
        case when isnan(score) then 'infinity'::double else score end as score,
        (value is not null and score is null)::integer as scores_missing,
        turn_index,
        year(received_at) as received_year,
        (epoch(received_at) - epoch($day_end::timestamptz)) / 3600 as hours_ahead,
        strlen(comment) as comment_length
    from staged
)

select * from final
