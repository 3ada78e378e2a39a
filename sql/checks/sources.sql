-- What: each source of a staged batch, for the suite `source`.
-- Grain: one row per source that told of conversations.
-- Units: shares 0..1. duplicate_excess is how far the share lies above what is usual of the source, by more than a
-- hundredth and three standard deviations: those of so many ids, and of the batches before.
-- NULL: duplicate_excess of a source of which nothing usual is known.
-- Needs: the staged files $conversations, and what is usual, lists of one length: $source_names, $usual_shares and
-- $spreads (median distances from the usual share; 1.4826 of them are a standard deviation).
with usual as (
    select
        unnest($source_names::varchar[]) as source_name,
        unnest($usual_shares::double[]) as usual_share,
        unnest($spreads::double[]) as spread
),

by_id as (
    select
        source_name,
        conversation_id,
        count(*) as record_count
    from read_parquet($conversations)
    where not is_feedback_only
    group by
        source_name,
        conversation_id
),

shares as (
    select
        source_name,
        count(*) as id_count,
        round(count_if(record_count > 1) / count(*), 6) as duplicate_share
    from by_id
    group by source_name
),

final as (
    select
        shares.source_name,
        shares.duplicate_share,
        round(
            shares.duplicate_share - usual.usual_share - 0.01
            - 3 * sqrt(usual.usual_share * (1 - usual.usual_share) / shares.id_count + (1.4826 * usual.spread) ^ 2),
            6
        ) as duplicate_excess
    from shares
    left join usual on shares.source_name = usual.source_name
)

select * from final
order by source_name asc
