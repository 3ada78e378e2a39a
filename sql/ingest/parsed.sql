-- What: canonical records of one chunk as structs of text: each leaf that is a JSON scalar becomes its text.
-- Grain: one row per canonical record (row_no); record_no is the raw record it was made of.
-- NULL: keys and record are NULL where the text is no JSON object.
-- has_odd_content: some "content" may be something else than a string or null, so that its text can't be trusted to be
--       what was said. A name spelled with escaped letters counts as odd. Where it is false, a text such as
--       {"ok": true}, which tools answer with, is known to be a text.
-- Source: docs/reference/formats.md; the names are the fields of upturn.formats.canonical.
select
    row_no,
    record_no,
    source_name,
    file,
    line,
    contains(raw, '\u0000') as has_nul,
    contains(raw, '\u006')
    or contains(raw, '\u007')
    or regexp_matches(raw, '"content"\s*:\s*[^"n\s]') as has_odd_content,
    try(json_keys(raw)) as keys,
    try(
        json_transform(
            raw,
            '{
                "conversation_id": "VARCHAR",
                "assistant_id": "VARCHAR",
                "assistant_version": "VARCHAR",
                "config_version": "VARCHAR",
                "channel": "VARCHAR",
                "user_id": "VARCHAR",
                "persona": "VARCHAR",
                "origin": "VARCHAR",
                "is_internal": "VARCHAR",
                "started_at": "VARCHAR",
                "ended_at": "VARCHAR",
                "outcome": "VARCHAR",
                "updated_at": "VARCHAR",
                "metadata": "JSON",
                "turns": [{
                    "message_id": "VARCHAR",
                    "role": "VARCHAR",
                    "content": "VARCHAR",
                    "parts": "JSON",
                    "created_at": "VARCHAR",
                    "latency_ms": "VARCHAR",
                    "error_type": "VARCHAR",
                    "input_tokens": "VARCHAR",
                    "output_tokens": "VARCHAR",
                    "tool_calls": "JSON",
                    "tool_call_id": "VARCHAR",
                    "name": "VARCHAR",
                    "tool_name": "VARCHAR",
                    "updated_at": "VARCHAR"
                }],
                "feedback": [{
                    "feedback_id": "VARCHAR",
                    "kind": "VARCHAR",
                    "value": "VARCHAR",
                    "scale": "VARCHAR",
                    "comment": "VARCHAR",
                    "author": "VARCHAR",
                    "turn_index": "VARCHAR",
                    "channel": "VARCHAR",
                    "created_at": "VARCHAR",
                    "updated_at": "VARCHAR"
                }]
            }'
        )
    ) as record
from lines
