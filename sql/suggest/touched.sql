-- What: positions of the window's conversations that one fix would touch.
-- Grain: one row per conversation exposed to any of $cluster_ids, in the segment where one is named.
-- Units: conversation_no from 0.
-- NULLs: $dimension NULL: all of the exposed; a conversation without a value is in no segment.
select distinct suggest_exposed.conversation_no
from suggest_exposed
inner join suggest_window
    on suggest_exposed.conversation_no = suggest_window.conversation_no
where
    list_contains($cluster_ids, suggest_exposed.cluster_id)
    and (
        $dimension is null
        or $value = case $dimension
            when 'assistant_version' then suggest_window.assistant_version
            when 'channel' then suggest_window.channel
            when 'persona' then suggest_window.persona
        end
    )
order by suggest_exposed.conversation_no
