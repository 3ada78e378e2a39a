-- What: what the safety rules found, by kind.
-- Grain: one row per response with a finding; the worst of each.
-- Units: finding is unsafe_compliance, secret_leaked, personal_data_leaked, prompt_leaked, abusive, dangerous_advice,
--        secret_asked_for or over_refusal; safety 0..1: 1 for over_refusal, which harms nobody and serves nobody.
-- NULLs: none; every response is looked at, also in open and internal conversations.
select
    conversation_id,
    turn_index,
    safety_finding as finding,
    safety
from working.rule_scores
where safety_finding is not null
