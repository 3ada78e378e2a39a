-- What: the feedback of the chunk, typed; is_doubtful marks what must be looked at one by one.
-- Grain: one row per piece of feedback. score is 0..1, linear from one end of the scale to the other (3.5 on 1-5 is
--        .625; thumb up is 1, down is 0), NULL for a bare comment. Times UTC.
-- NULL: what the record leaves out. Without a time, feedback takes the conversation's end, else its last turn, else its
--       start; the identity (feedback_key) uses only a time that was given, since the others move.
-- Source: docs/reference/formats.md; upturn.formats.scales is the same rule in Python, and a test holds them together.
-- noqa: disable=RF01
with unnested as (
    select
        row_no,
        record_no,
        record.conversation_id as conversation_id,
        moment(record.started_at) as started_at,
        moment(record.ended_at) as ended_at,
        coalesce(len(record.turns), 0) as turn_count,
        generate_subscripts(record.feedback, 1) - 1 as position,
        unnest(record.feedback) as piece
    from parsed
    where len(record.feedback) > 0
),

last_turns as (
    select
        row_no,
        max(occurred_at) as last_turn_at
    from typed_turns
    where row_no in (select row_no from unnested)
    group by row_no
),

typed as (
    select
        unnested.row_no,
        unnested.record_no,
        unnested.conversation_id,
        unnested.position,
        piece.feedback_id as feedback_id,
        piece.kind as kind,
        piece.value as value,
        piece.scale as scale,
        piece.comment as comment,
        coalesce(piece.author, 'user') as author,
        piece.turn_index as given_index,
        whole(piece.turn_index) as turn_index,
        unnested.turn_count,
        piece.channel as channel,
        piece.created_at as given_at,
        coalesce(moment(piece.created_at), unnested.ended_at, last_turns.last_turn_at, unnested.started_at)
            as received_at,
        piece.updated_at as given_update,
        moment(piece.updated_at) as updated_at,
        try_cast(piece.value as double) as amount,
        try_cast(regexp_extract(piece.scale, '^(-?\d{1,9})-(-?\d{1,9})$', 1) as double) as low,
        try_cast(regexp_extract(piece.scale, '^(-?\d{1,9})-(-?\d{1,9})$', 2) as double) as high
    from unnested
    left join last_turns using (row_no)
),

scored as (
    select
        *,
        case
            when value is null then null
            when scale = 'thumb' then case value when 'up' then 1.0 when 'down' then 0.0 end
            when low < high and amount between low and high then (amount - low) / (high - low)
        end as score
    from typed
),

final as (
    select
        *,
        coalesce(kind not in ('rating', 'thumb', 'csat', 'nps', 'comment'), true)
        or author not in ('user', 'agent', 'annotator')
        or received_at is null
        or (given_at is not null and moment(given_at) is null)
        or (given_update is not null and updated_at is null)
        or (given_index is not null and turn_index is null)
        or coalesce(turn_count > 0 and turn_index >= turn_count, false)
        or (value is not null and score is null)
        or (value is null and (comment is null or scale is not null))
        or coalesce(not regexp_full_match(value, 'up|down|-?\d{1,9}(\.\d{1,9})?'), false)
        or is_odd_id(feedback_id)
        or is_odd(comment)
        or is_odd(channel) as is_doubtful
    from scored
)

select
    row_no,
    record_no,
    conversation_id,
    position,
    feedback_id,
    turn_index,
    kind,
    channel,
    value,
    scale,
    score,
    comment,
    author,
    given_at,
    received_at,
    updated_at,
    is_doubtful
from final
