-- What: the columns of staged conversations that the suite `conversations` looks at.
-- Grain: one row per staged record; place columns (source_name, file, line, chunk) name it, `record` is their digest.
-- Units: lengths in characters (metadata in bytes), hours and seconds as numbers; hours are ahead of the end of the
-- day that is loaded.
--        turns_missing is the raw record's: those of all conversations in it, less those that are staged.
-- NULL: does not apply, or allowed to be missing. A value that must be there has length 0, or year 0, where it is not.
--       seconds_long is NULL where a message came after the end, and the record has no start before it: it opens the
--       conversation again.
-- Needs: the staged files $conversations and $turns, and $day_end (the instant at which the loaded day is over, UTC).
with staged as (
    select
        *,
        regexp_extract(filename, '-([0-9]+)\.parquet$', 1) as chunk
    from read_parquet($conversations, filename = true)
),

turns as (
    select
        source_name,
        file,
        line,
        count(*) as staged_turns
    from read_parquet($turns)
    group by all
),

first_turns as (
    select
        source_name,
        file,
        line,
        conversation_id,
        min(occurred_at) as occurred_at
    from read_parquet($turns)
    where position = 0
    group by all
),

final as (
    select
        staged.source_name,
        staged.file,
        staged.line,
        staged.chunk,
        coalesce(length(staged.conversation_id), 0) as conversation_id_length,
        length(staged.record_digest) as record_digest_length,
        staged.is_feedback_only,
        case when not staged.is_feedback_only then coalesce(length(staged.assistant_id), 0) end as assistant_id_length,
        length(staged.assistant_version) as assistant_version_length,
        length(staged.config_version) as config_version_length,
        case when not staged.is_feedback_only then coalesce(length(staged.channel), 0) end as channel_length,
        length(staged.user_key) as user_key_length,
        length(staged.persona) as persona_length,
        staged.origin,
        case when not staged.is_feedback_only then coalesce(year(staged.started_at), 0) end as started_year,
        (epoch(staged.started_at) - epoch($day_end::timestamptz)) / 3600 as hours_start_is_ahead,
        year(staged.ended_at) as ended_year,
        (epoch(staged.ended_at) - epoch($day_end::timestamptz)) / 3600 as hours_end_is_ahead,
        case
            when
                staged.ended_at >= staged.started_at
                or coalesce(first_turns.occurred_at <> staged.started_at, true)
                then epoch(staged.ended_at) - epoch(staged.started_at)
        end as seconds_long,
        staged.outcome,
        strlen(staged.metadata) as metadata_length,
        staged.turn_count,
        sum(staged.turn_count) over (partition by staged.source_name, staged.file, staged.line)
        - coalesce(turns.staged_turns, 0) as turns_missing
    from staged
    left join turns
        on
            staged.source_name = turns.source_name
            and staged.file = turns.file
            and staged.line is not distinct from turns.line
    left join first_turns
        on
            staged.source_name = first_turns.source_name
            and staged.file = first_turns.file
            and staged.line is not distinct from first_turns.line
            and staged.conversation_id = first_turns.conversation_id
)

select * from final
