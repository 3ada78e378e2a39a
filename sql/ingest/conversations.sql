-- What: the conversations' own fields, typed; is_doubtful marks records that must be looked at one by one.
-- Grain: one row per canonical record. Times UTC. user_key is the keyed digest of the user id: the id stops here.
-- NULL: what the record leaves out, but for assistant_id and channel ('unknown'). A start that is only the first turn's
--       time is no part of the digest. Neither turn nor start: later feedback or end (is_feedback_only).
-- Source: docs/reference/formats.md.
-- noqa: disable=RF01
with typed as (
    select
        row_no,
        record_no,
        source_name,
        file,
        line,
        has_nul,
        keys,
        record.conversation_id as conversation_id,
        coalesce(record.assistant_id, 'unknown') as assistant_id,
        record.assistant_version as assistant_version,
        record.config_version as config_version,
        coalesce(record.channel, 'unknown') as channel,
        record.user_id as user_id,
        record.origin as origin,
        record.is_internal as given_internal,
        flag(record.is_internal) as is_internal,
        record.persona as persona,
        record.started_at as given_start,
        moment(record.started_at) as said_start,
        coalesce(moment(record.started_at), moment(record.turns[1].created_at)) as started_at,
        record.ended_at as given_end,
        moment(record.ended_at) as ended_at,
        record.outcome as outcome,
        record.updated_at as given_update,
        moment(record.updated_at) as updated_at,
        nullif(record.metadata::varchar, '{}') as metadata,
        record.turns is null as lacks_turns,
        record.feedback is null as lacks_feedback,
        coalesce(len(record.turns), 0) as turn_count,
        coalesce(len(record.feedback), 0) as feedback_count
    from parsed
),

final as (
    select
        *,
        turn_count = 0 and started_at is null as is_feedback_only,
        has_nul
        or keys is null
        or conversation_id is null
        or (lacks_turns and list_contains(keys, 'turns'))
        or (lacks_feedback and list_contains(keys, 'feedback'))
        or not list_has_all(
            [
                'conversation_id', 'assistant_id', 'assistant_version', 'config_version', 'channel', 'user_id',
                'persona', 'origin', 'is_internal', 'started_at', 'ended_at', 'outcome', 'updated_at', 'metadata',
                'turns', 'feedback'
            ],
            keys
        )
        or (started_at is null and (turn_count > 0 or (feedback_count = 0 and outcome is null and ended_at is null)))
        or (given_start is not null and said_start is null)
        or (given_end is not null and ended_at is null)
        or (given_update is not null and updated_at is null)
        or (given_internal is not null and is_internal is null)
        or coalesce(origin not in ('production', 'test'), false)
        or coalesce(outcome not in ('resolved', 'escalated', 'abandoned', 'unresolved'), false)
        or coalesce(not starts_with(metadata, '{') or are_odd(metadata), false)
        or is_odd_id(conversation_id)
        or is_odd_id(assistant_id)
        or is_odd(assistant_version)
        or is_odd(config_version)
        or is_odd_id(channel)
        or is_odd_id(user_id)
        or is_odd(persona) as is_doubtful
    from typed
)

select
    row_no,
    record_no,
    source_name,
    file,
    line,
    fact_digest(
        concat_ws(
            chr(31),
            'conversation',
            conversation_id,
            assistant_id,
            or_nothing(assistant_version),
            or_nothing(config_version),
            channel,
            or_nothing(user_id),
            or_nothing(origin),
            or_nothing(is_internal),
            or_nothing(persona),
            or_nothing(epoch_us(said_start)),
            or_nothing(epoch_us(ended_at)),
            or_nothing(outcome),
            or_nothing(metadata),
            or_nothing(epoch_us(updated_at))
        )
    ) as record_digest,
    conversation_id,
    assistant_id,
    assistant_version,
    config_version,
    channel,
    keyed_digest(user_id) as user_key,
    origin,
    is_internal,
    persona,
    started_at,
    ended_at,
    outcome,
    metadata,
    updated_at,
    turn_count,
    is_feedback_only,
    coalesce(is_doubtful, true) as is_doubtful
from final
