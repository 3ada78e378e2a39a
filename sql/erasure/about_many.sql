-- What: the events that may cite conversations among others, and conversations whose metadata name a user of another.
-- Grain: one row per event.
-- Units: $user_keys are pseudonyms.
-- Needs: the view events.
select
    id,
    type,
    data
from events
where
    type in ('topic_model.fitted', 'cluster.fitted', 'sample.drawn', 'list.published', 'effect.measured', 'alert.raised')
    or starts_with(type, 'suggestion.')
    or (
        type = 'conversation.started'
        and list_bool_or(list_transform($user_keys, lambda key: contains(data, key)))
    )
