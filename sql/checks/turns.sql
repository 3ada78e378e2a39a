-- What: the columns of staged turns that the suite `turns` looks at.
-- Grain: one row per staged turn; place columns (source_name, file, line, chunk) name its record, `record` is their
-- digest. A raw record that holds several conversations has several turns at one position: their `record` differs too.
-- Units: lengths in characters for ids, in bytes for texts; hours ahead of the end of the loaded day.
-- NULL: allowed to be missing, or checked by an expectation of its own. A latency that is no number is infinite.
-- One scan and no union: DuckDB 1.5 hangs where arms of a union scan the same files and one has a window (its #24961).
-- Needs: the staged files $conversations and $turns, and $day_end (the instant at which the loaded day is over, UTC).
with staged as (
    select
        *,
        regexp_extract(filename, '-([0-9]+)\.parquet$', 1) as chunk
    from read_parquet($turns, filename = true, file_row_number = true)
),

several as (
    select
        source_name,
        file,
        line
    from read_parquet($conversations)
    group by all
    having count(*) > 1
),

numbered as (
    select
        staged.*,
        case when several.line is null then 0 else staged.file_row_number + 1 end as ordinal
    from staged
    left join several using (source_name, file, line)
),

final as (
    select
        source_name,
        file,
        line,
        chunk,
        hash(source_name, file, line, ordinal) as record,
        coalesce(length(conversation_id), 0) as conversation_id_length,
        coalesce(length(turn_key), 0) as turn_key_length,
        length(record_digest) as record_digest_length,
        position,
        role,
        year(make_timestamp(epoch_us(occurred_at))) as occurred_year,
        (epoch(occurred_at) - epoch($day_end::timestamptz)) / 3600 as hours_ahead,
        case when isnan(latency_ms) then 'infinity'::double else latency_ms end as latency_ms,
        strlen(content) as content_length,
        strlen(parts) as parts_length,
        strlen(tool_calls) as tool_calls_length,
        greatest(strlen(error_type), strlen(tool_call_id), strlen(tool_name)) as names_length,
        input_tokens,
        output_tokens
    from numbered
)

select * from final
