-- Rule scores of the conversations that are about to be scored anew are taken out.
-- grain: one row per response and metric of the temp table conversations_to_score, scorer 'rule'.
delete from response_scores
where
    scorer = 'rule'
    and conversation_id in (select conversations_to_score.conversation_id from conversations_to_score)
