-- What: whether the warehouse holds anything older than the home keeps it: a look that costs little, every day.
-- Grain: one row.
-- Units: each $… is an instant, UTC. NULL: that kind is kept.
select
    exists (
        select 1
        from conversations
        where
            started_at < $conversations::timestamptz
            and coalesce(last_turn_at, started_at) < $conversations::timestamptz
    )
    or exists (
        select 1
        from feedback
        where received_at < $feedback::timestamptz
    )
    or exists (
        select 1
        from label_requests
        where requested_at < $feedback::timestamptz
    )
    or exists (
        select 1
        from labels
        where labelled_at < $feedback::timestamptz
    )
    or exists (
        select 1
        from quarantine
        where
            quarantined_at < case
                when json_valid(coalesce(record, '{}')) then $quarantine::timestamptz
                else $unparseable::timestamptz
            end
    )
    or exists (
        select 1
        from runs
        where
            day < ($runs::timestamptz)::date
            and stage not in ('project', 'publish')
    ) as is_due
