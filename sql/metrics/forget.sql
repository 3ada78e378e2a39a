-- Rule scores of the conversations that are about to be scored anew are taken out.
-- grain: one row per response of the temp table conversations_to_score.
delete from working.rule_scores
where conversation_id in (select conversations_to_score.conversation_id from conversations_to_score);

-- grain: one row per response and plug-in metric of the same, scorer 'rule'.
delete from working.given_scores
where
    scorer = 'rule'
    and conversation_id in (select conversations_to_score.conversation_id from conversations_to_score)
