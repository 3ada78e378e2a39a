-- Turns of users and assistants by number, with the number of their text: what the windows of exchanges.sql run over.
-- grain: one row per user or assistant turn of the conversations in conversations_to_score.
-- conversation_number: rowid of conversations_to_score. units: latency in ms.
-- text_id, tells: see texts.sql; NULL where nothing was said. is_calling: calls a tool. has_parts: image, audio, file.
create or replace temp table spoken as
select
    conversations_to_score.rowid as conversation_number,
    turns.turn_index,
    turns.role = 'user' as is_user,
    turns.latency_ms,
    turns.output_tokens,
    turns.tool_calls is not null and coalesce(cast(turns.tool_calls as varchar) not in ('[]', 'null', ''), false)
        as is_calling,
    turns.parts is not null and coalesce(cast(turns.parts as varchar) not in ('[]', 'null', ''), false) as has_parts,
    texts.text_id,
    texts.tells
from turns
inner join conversations_to_score on turns.conversation_id = conversations_to_score.conversation_id
left join texts on turns.content = texts.text
where turns.role in ('user', 'assistant');
