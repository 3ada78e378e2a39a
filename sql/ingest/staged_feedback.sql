-- What: the trusted feedback with its identity and digest, as it is staged.
-- Grain: one row per piece of feedback of the records that are not in doubtful. Order: as read.
-- Identity: feedback_key is the feedback's id, else the keyed digest of who gave what kind on which turn and when, as far
--           as the record says; a changed value is thus a new revision. The second, third, … alike piece of a record has
--           '-1', '-2', … behind it.
-- NULL: as typed.
with keyed as (
    select
        *,
        coalesce(
            feedback_id,
            fact_digest(
                concat_ws(
                    chr(31), 'feedback', kind, author, or_nothing(channel), or_nothing(turn_index),
                    or_nothing(epoch_us(moment(given_at)))
                )
            )
        ) as base_key
    from typed_feedback
    where record_no not in (select record_no from doubtful)
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
            chr(31), 'feedback', feedback_key, kind, author, or_nothing(channel), or_nothing(turn_index),
            or_nothing(value), or_nothing(scale), or_nothing(comment), or_nothing(epoch_us(moment(given_at))),
            or_nothing(epoch_us(updated_at))
        )
    ) as record_digest,
    final.conversation_id,
    feedback_key,
    turn_index,
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
