-- What: refused records, whole, in the schema `rejected` and with the number of the chunk that held them.
-- Grain: one row per refused record (source_name, file, line), ordered by place.
-- NULL: conversation_id where the record has none; line where the file has no lines.
-- Needs: the table refused_places(source_name, file, line, chunk, rule, reason), one row per record, and the staged
-- files $conversations, $turns, $feedback. The record is rebuilt from the typed tables: it holds user_key, no user id.
-- Digest: of the keyed digests of its pieces, which are those of the record before redaction.
with conversations as (
    select
        places.*,
        told.* exclude (source_name, file, line)
    from refused_places as places
    left join read_parquet($conversations) as told
        on places.source_name = told.source_name and places.file = told.file and places.line is not distinct from told.line
),

turns as (
    select
        said.source_name,
        said.file,
        said.line,
        count(*) as turn_count,
        string_agg(said.record_digest, ' ' order by said.record_digest asc) as digests,
        list(
            {
                'message_id': said.turn_key,
                'role': said.role,
                'content': said.content,
                'parts': said.parts,
                'created_at': said.occurred_at,
                'latency_ms': said.latency_ms,
                'error_type': said.error_type,
                'input_tokens': said.input_tokens,
                'output_tokens': said.output_tokens,
                'tool_calls': said.tool_calls,
                'tool_call_id': said.tool_call_id,
                'name': said.tool_name
            }
            order by said.position asc, said.turn_key asc, said.record_digest asc
        ) as turns
    from read_parquet($turns) as said
    semi join refused_places as places
        on
            said.source_name = places.source_name
            and said.file = places.file
            and said.line is not distinct from places.line
    group by said.source_name, said.file, said.line
),

feedback as (
    select
        given.source_name,
        given.file,
        given.line,
        string_agg(given.record_digest, ' ' order by given.record_digest asc) as digests,
        list(
            {
                'feedback_id': given.feedback_key,
                'kind': given.kind,
                'value': given.value,
                'scale': given.scale,
                'comment': given.comment,
                'author': given.author,
                'turn_index': given.turn_index,
                'created_at': given.received_at
            }
            order by given.received_at asc, given.feedback_key asc, given.record_digest asc
        ) as feedback
    from read_parquet($feedback) as given
    semi join refused_places as places
        on
            given.source_name = places.source_name
            and given.file = places.file
            and given.line is not distinct from places.line
    group by given.source_name, given.file, given.line
),

final as (
    select
        conversations.source_name,
        conversations.file,
        conversations.line,
        conversations.reason,
        conversations.rule,
        conversations.conversation_id,
        coalesce(turns.turn_count, 0) as turn_count,
        left(sha256(concat_ws('|', conversations.record_digest, turns.digests, feedback.digests)), 32) as record_digest,
        to_json({
            'conversation_id': conversations.conversation_id,
            'assistant_id': conversations.assistant_id,
            'assistant_version': conversations.assistant_version,
            'config_version': conversations.config_version,
            'channel': conversations.channel,
            'user_key': conversations.user_key,
            'persona': conversations.persona,
            'origin': conversations.origin,
            'is_internal': conversations.is_internal,
            'started_at': conversations.started_at,
            'ended_at': conversations.ended_at,
            'outcome': conversations.outcome,
            'updated_at': conversations.updated_at,
            'metadata': conversations.metadata,
            'turns': turns.turns,
            'feedback': feedback.feedback
        })::varchar as record,
        conversations.chunk
    from conversations
    left join turns
        on
            conversations.source_name = turns.source_name
            and conversations.file = turns.file
            and conversations.line is not distinct from turns.line
    left join feedback
        on
            conversations.source_name = feedback.source_name
            and conversations.file = feedback.file
            and conversations.line is not distinct from feedback.line
)

select * from final
order by source_name asc, file asc, line asc nulls first
