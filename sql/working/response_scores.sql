-- What: every score as a row of its own, from the tables of scores.sql.
-- Grain: one row per response, metric and scorer. A query for one metric reads that metric's columns only.
-- scorer_version of a rule: that of its file; a test holds them to the list of rule metrics.
with ruled as (
    select
        conversation_id,
        turn_index,
        'accuracy' as metric,
        accuracy as score,
        accuracy_reason as unscored_reason,
        '1' as scorer_version
    from working.rule_scores
    union all
    select
        conversation_id,
        turn_index,
        'relevance' as metric,
        relevance as score,
        relevance_reason as unscored_reason,
        '1' as scorer_version
    from working.rule_scores
    union all
    select
        conversation_id,
        turn_index,
        'coherence' as metric,
        coherence as score,
        coherence_reason as unscored_reason,
        '2' as scorer_version
    from working.rule_scores
    union all
    select
        conversation_id,
        turn_index,
        'completeness' as metric,
        completeness as score,
        completeness_reason as unscored_reason,
        '2' as scorer_version
    from working.rule_scores
    union all
    select
        conversation_id,
        turn_index,
        'helpfulness' as metric,
        helpfulness as score,
        helpfulness_reason as unscored_reason,
        '1' as scorer_version
    from working.rule_scores
    union all
    select
        conversation_id,
        turn_index,
        'efficiency' as metric,
        efficiency as score,
        efficiency_reason as unscored_reason,
        '2' as scorer_version
    from working.rule_scores
    union all
    select
        conversation_id,
        turn_index,
        'safety' as metric,
        safety as score,
        safety_reason as unscored_reason,
        '3' as scorer_version
    from working.rule_scores
)

select
    conversation_id,
    turn_index,
    metric,
    'rule' as scorer,
    score,
    unscored_reason,
    scorer_version,
    cast(1 as double) as inclusion_probability,
    cast(null as double) as cost_usd
from ruled
union all
select
    conversation_id,
    turn_index,
    metric,
    scorer,
    score,
    unscored_reason,
    scorer_version,
    inclusion_probability,
    cost_usd
from working.given_scores
