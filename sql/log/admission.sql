-- What: which of the suspects (events whose id is in the log, or twice in one batch) are new, skipped or in conflict.
-- Grain: one row per suspect; position counts its rows from 0.
-- Needs: the tables suspects (position, id, type, data) and known (id, data), data in the newest payload version;
--        ids in known are unique. Parameter $fact_types: types whose data must agree.
-- NULL: a fact without record_digest is compared by its whole data.
with given as (
    select
        position,
        id,
        list_contains($fact_types, type) as is_fact,
        coalesce(data ->> '$.record_digest', data) as digest,
        row_number() over (partition by id order by position asc) as occurrence
    from suspects
),

stored as (
    select
        id,
        coalesce(data ->> '$.record_digest', data) as digest
    from known
),

final as (
    select
        given.position,
        case
            when stored.id is null and given.occurrence = 1 then 'new'
            when not given.is_fact or given.digest = coalesce(stored.digest, earliest.digest) then 'skipped'
            else 'conflict'
        end as decision
    from given
    inner join given as earliest on given.id = earliest.id and earliest.occurrence = 1
    left join stored on given.id = stored.id
)

select
    position,
    decision
from final
order by position asc
