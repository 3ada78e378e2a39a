-- What: the trusted feedback with its identity and digest, as it is staged.
-- Grain: one row per piece of feedback of the records that are not in doubtful. Order: as read.
-- Identity: feedback_key is the feedback's id, else the keyed digest of who gave what kind on which turn and when, as far
--           as the record says; a changed value is thus a new revision. The second, third, … alike piece of a record has
--           '-1', '-2', … behind it. A turn that is in the record is known by its turn_key, so that a record that begins
--           later, or holds one turn only, means the same turn.
-- NULL: as typed. turn_key: the whole conversation, or a turn that is not in the record.
with trusted as (
    select *
    from typed_feedback
    where record_no not in (select record_no from doubtful)
),

said as (
    select
        typed_turns.row_no,
        typed_turns.position,
        typed_turns.message_id,
        coalesce(message_id, turn_digest(role, occurred_at, content, parts)) as base_key
    from typed_turns
    semi join trusted
        on
            typed_turns.row_no = trusted.row_no
            and trusted.turn_index is not null
),

turn_keys as (
    select
        row_no,
        position,
        row_number() over (partition by row_no, message_id is null, base_key order by position) - 1 as ordinal,
        base_key || case when ordinal > 0 and message_id is null then '-' || ordinal else '' end as turn_key
    from said
),

keyed as (
    select
        trusted.*,
        turn_keys.turn_key,
        coalesce(turn_keys.turn_key, or_nothing(trusted.turn_index)) as about,
        coalesce(
            trusted.feedback_id,
            fact_digest(
                concat_ws(
                    chr(31), 'feedback', trusted.kind, trusted.author, or_nothing(trusted.channel), about,
                    or_nothing(epoch_us(moment(trusted.given_at)))
                )
            )
        ) as base_key
    from trusted
    left join turn_keys
        on
            trusted.row_no = turn_keys.row_no
            and trusted.turn_index = turn_keys.position
),

numbered as (
    select
        *,
        row_number() over (partition by row_no, base_key order by position) - 1 as ordinal
    from keyed
),

final as (
    select
        *,
        base_key || case when ordinal > 0 and feedback_id is null then '-' || ordinal else '' end as feedback_key
    from numbered
)

select
    parsed.source_name,
    parsed.file,
    parsed.line,
    fact_digest(
        concat_ws(
            chr(31), 'feedback', feedback_key, kind, author, or_nothing(channel), about,
            or_nothing(value), or_nothing(scale), or_nothing(comment), or_nothing(epoch_us(moment(given_at))),
            or_nothing(epoch_us(updated_at))
        )
    ) as record_digest,
    final.conversation_id,
    feedback_key,
    turn_index,
    turn_key,
    kind,
    channel,
    value,
    scale,
    score,
    comment,
    author,
    received_at,
    updated_at
from final
inner join parsed using (row_no)
order by row_no, position
