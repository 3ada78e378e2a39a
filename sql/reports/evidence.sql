-- What: the turns that suggestions cite, each with the turn before and after it.
-- Grain: one row per suggestion, citation (at most $limit of each) and turn shown.
-- Units: citation counts from 1 in the order of the evidence; turn_index from 0.
-- NULLs: a citation without a turn shows where its conversation failed, else its beginning. A citation whose
-- conversation is gone (erased) shows nothing.
with cited as (
    select
        suggestion_id,
        unnest(from_json(evidence, '[{"conversation_id":"VARCHAR","turn_index":"INTEGER","why":"VARCHAR"}]')) as cite,
        generate_subscripts(
            from_json(evidence, '[{"conversation_id":"VARCHAR","turn_index":"INTEGER","why":"VARCHAR"}]'), 1
        ) as citation
    from suggestions
    where suggestion_id in (select unnest($suggestion_ids))
),

placed as (
    select
        cited.suggestion_id,
        cited.citation,
        cited.cite.conversation_id as conversation_id,
        cited.cite.why as why,
        coalesce(cited.cite.turn_index, failures.failed_turn_index, 0) as cited_index
    from cited
    left join failures on cited.cite.conversation_id = failures.conversation_id
    where cited.citation <= $limit
),

final as (
    select
        placed.suggestion_id,
        placed.citation::integer as citation,
        placed.conversation_id,
        placed.why,
        turns.turn_index,
        turns.role,
        left(turns.content, 4000) as content,
        turns.latency_ms,
        turns.error_type,
        turns.turn_index = placed.cited_index as is_cited
    from placed
    inner join turns
        on
            placed.conversation_id = turns.conversation_id
            and turns.turn_index between placed.cited_index - 1 and placed.cited_index + 1
)

select * from final
order by suggestion_id, citation, turn_index
