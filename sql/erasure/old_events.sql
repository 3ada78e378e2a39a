-- What: events older than a home keeps them, by kind.
-- Grain: one row per event.
-- Units: each $… is an instant, UTC: what is older goes. NULL: that kind is kept.
-- NULLs: a file that was refused as a whole has no record; it goes with those that can be read.
-- Projected and published days stay listed: they say which days need not be run again.
-- Needs: the view events.
select
    id,
    type
from events
where
    (type in ('feedback.received', 'label.requested', 'label.given') and time < $feedback::timestamptz)
    or (
        type = 'record.quarantined'
        and time < case
            when json_valid(coalesce(data ->> '$.record', '{}')) then $quarantine::timestamptz
            else $unparseable::timestamptz
        end
    )
    or (
        type = 'stage.completed'
        and time < $runs::timestamptz
        and (data ->> '$.stage') not in ('project', 'publish')
    )
    or (type = 'batch.validated' and time < $runs::timestamptz)
