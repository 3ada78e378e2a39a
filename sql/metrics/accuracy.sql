-- version: 1
-- accuracy: does the response agree with what the tools returned and with what the assistant said before?
-- grain: one row per row of responses, with its columns. range: 0 (nothing it states holds) .. 1 (all holds), 4 decimals.
-- NULL: empty_response, no_text (see exchanges.sql); nothing_to_check: it states nothing that the record could confirm.
-- score: share of the facts stated (amounts, numbers, dates: see answer_facts.sql) that tools or the user had said in
--     the 40 turns before, among those of a kind that tools had returned at all (records.sql)
--     × .3 it says that something is in a state, and the tools name states, but not this one
--     × .3 the same sentence as the answer before it with other numbers, though no number was asked about and no tool
--         had been called
-- An amount that the assistant worked out itself (a sum) is in no record and counts as unfounded; so does one
-- of a price list that no tool read.
-- source: factors are upturn's own judgement; tests fix the orders they must give.
with compared as (
    select
        *,
        case when masked = previous_masked
            then not is_repeated and founded_share is null and not coalesce(regexp_matches(asked, '\d'), false)
            else false end as is_changed
    from responses
)

select
    * exclude (is_changed),
    case
        when unscored_reason is null and (founded_share is not null or is_other_state is not null or is_changed)
            then round(
                coalesce(founded_share, 1)
                * case when is_other_state then 0.3 else 1 end
                * case when is_changed then 0.3 else 1 end, 4)
    end as accuracy,
    case
        when unscored_reason is not null then unscored_reason
        when founded_share is null and is_other_state is null and not is_changed then 'nothing_to_check'
    end as accuracy_reason
from compared
