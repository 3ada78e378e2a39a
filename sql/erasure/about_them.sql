-- What: the events that are about some conversations only, so that they go whole.
-- Grain: one row per event.
-- Needs: the view events, the table theirs(conversation_id).
select
    id,
    type
from events
where
    type not in ('subject.erasing', 'subject.erased', 'retention.applied', 'stage.completed')
    and (
        subject in (select conversation_id from theirs)
        or (
            type not in ('conversation.started', 'turn.logged', 'conversation.ended', 'feedback.received')
            and (data ->> '$.conversation_id') in (select conversation_id from theirs)
        )
    )
