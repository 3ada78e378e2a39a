-- What: what can be counted of each conversation: the base of `behaviour`.
-- Grain: one row per closed production conversation.
-- Units: flags true or false; times in milliseconds; shares 0..1.
-- NULLs: each says when; a flag that nothing tells is NULL, and out of the rate.
-- What turns tell is kept by the stage `score` (working.traits): a conversation that was not scored yet says less.
-- Column conversation_id: the conversation; day, week, assistant_id, assistant_version, channel and topic_id as there.
-- Column persona: as the log says or the first message suggests (`conversation_personas`); NULL: nothing tells.
-- Column user_group: the user, or the conversation where the user is not known: what intervals are clustered by.
-- Column is_success: not a failure by the failure model; NULL: not judged yet.
-- Column is_resolved: the source says resolved; NULL: the source does not say how it ended.
-- Column is_escalated: the source says escalated, or a human agent wrote.
-- Column is_abandoned: the source says abandoned, or the signal `abandoned` fired where it says nothing.
-- Column has_rephrased: the user said the same again (signal `user_rephrased`); NULL: not judged yet.
-- Column has_repeated_answer: the assistant gave an answer twice (signal `answer_repeated`); NULL: not judged yet.
-- Column is_repeat_contact: the same user came for the same topic in the 7 days before; NULL: user or topic unknown.
-- Column has_context_loss: the assistant asked again for what was given (`context_losses`).
-- Column has_error: a turn, tools included, ended in an error.
-- Column turns_to_resolution: turns of a resolved conversation; NULL: not resolved.
-- Column turn_count: turns of user, assistant and human agents.
-- Column duration_ms: from the start to the end.
-- Column first_response_ms: latency of the assistant's first turn; NULL: not measured.
-- Column response_ms: mean latency of its answers; NULL: none measured.
-- Column user_gap_ms: mean time from an answer to the user's next message; NULL: no times in the log.
-- Column consecutive_share: user messages that follow another without an answer between.
-- Column length_ratio: the user's characters per character of the assistant; NULL: it wrote nothing.
-- Column satisfaction: mean volunteered feedback, 0..1; NULL: nobody said.
-- Column sentiment: mean over the user's messages, −1..1; NULL: no message with letters.
-- Column sentiment_change: least-squares slope of sentiment per message of the user; NULL: under three messages.
with inputs as (
    select
        conversations.*,
        coalesce(conversations.user_key, conversations.conversation_id) as user_group,
        failures.is_failure,
        from_json(failures.signals, '["VARCHAR"]') as signals,
        max(conversations.started_at) over (
            partition by conversations.user_key, conversations.topic_id
            order by conversations.started_at asc, conversations.conversation_id asc
            rows between unbounded preceding and 1 preceding
        ) as came_before_at
    from production_conversations as conversations
    left join failures
        on conversations.conversation_id = failures.conversation_id
),

final as (
    select
        inputs.conversation_id,
        inputs.day,
        inputs.week,
        inputs.assistant_id,
        inputs.assistant_version,
        inputs.channel,
        traits.persona,
        inputs.topic_id,
        inputs.user_group,
        not inputs.is_failure as is_success,
        inputs.outcome = 'resolved' as is_resolved,
        coalesce(inputs.outcome, '') = 'escalated' or coalesce(traits.agent_count, 0) > 0 as is_escalated,
        coalesce(inputs.outcome = 'abandoned', list_contains(inputs.signals, 'abandoned')) as is_abandoned,
        list_contains(inputs.signals, 'user_rephrased') as has_rephrased,
        list_contains(inputs.signals, 'answer_repeated') as has_repeated_answer,
        case
            when inputs.user_key is not null and inputs.topic_id is not null
                then coalesce(inputs.came_before_at >= inputs.started_at - to_days(7), false)
        end as is_repeat_contact,
        coalesce(traits.has_context_loss, false) as has_context_loss,
        coalesce(traits.error_count, 0) > 0 as has_error,
        if(inputs.outcome = 'resolved', inputs.turn_count, null) as turns_to_resolution,
        inputs.turn_count,
        date_diff('millisecond', inputs.started_at, inputs.ended_at) as duration_ms,
        traits.first_response_ms,
        round(traits.response_ms / nullif(traits.response_count, 0), 3) as response_ms,
        round(traits.user_gap_ms / nullif(traits.user_gap_count, 0), 3) as user_gap_ms,
        round(traits.consecutive_user_count / nullif(traits.user_count, 0), 6) as consecutive_share,
        round(traits.user_chars / nullif(traits.assistant_chars, 0), 6) as length_ratio,
        inputs.satisfaction,
        traits.sentiment,
        traits.sentiment_change
    from inputs
    left join working.traits as traits
        on inputs.conversation_id = traits.conversation_id
)

select * from final
