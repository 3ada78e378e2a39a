-- The warehouse's tables and views, schema version 1.0.0. Generated: see CONTRIBUTING.md.

create table suggestions (
    suggestion_id text not null,
    category text not null,
    rule text not null,
    title text not null,
    description text not null,
    priority text not null,
    severity text,
    impact_estimate double precision,
    impact_low double precision,
    impact_high double precision,
    impact_reason text,
    opportunity double precision,
    opportunity_low double precision,
    opportunity_high double precision,
    reach double precision,
    gap double precision,
    implementation_effort text not null,
    evidence json not null,
    recommended_actions json not null,
    metrics_to_track json not null,
    proposed_change json,
    cluster_id text,
    status text not null,
    assignee text,
    proposed_at timestamp with time zone not null,
    expires_at timestamp with time zone not null,
    explanation text not null,
    assumptions text not null,
    overlap double precision,
    prior_share double precision,
    exposure json,
    revised_on date
);
comment on table suggestions is 'One row per suggestion as it stands now.';
comment on column suggestions.suggestion_id is 'Suggestion';
comment on column suggestions.category is 'knowledge, intent, performance, safety, escalation, tools, …';
comment on column suggestions.rule is 'Rule that proposed it';
comment on column suggestions.title is 'One line';
comment on column suggestions.description is 'What is wrong and why it is believed, in words';
comment on column suggestions.priority is 'high, medium or low';
comment on column suggestions.severity is 'critical, high, medium or low for safety; NULL elsewhere';
comment on column suggestions.impact_estimate is 'Predicted effect in points of the success rate, −1..1; NULL: no reach seen';
comment on column suggestions.impact_low is 'Lower end of its 90 % interval';
comment on column suggestions.impact_high is 'Upper end of its 90 % interval';
comment on column suggestions.impact_reason is 'Why there is no impact; NULL where there is one';
comment on column suggestions.opportunity is 'reach × gap in points of the success rate, −1..1';
comment on column suggestions.opportunity_low is 'Lower end of its 90 % interval';
comment on column suggestions.opportunity_high is 'Upper end of its 90 % interval';
comment on column suggestions.reach is 'Share of the window''s conversations that are exposed, 0..1';
comment on column suggestions.gap is 'Success among comparable unexposed minus among exposed, −1..1';
comment on column suggestions.implementation_effort is 'low, medium or high';
comment on column suggestions.evidence is '[{conversation_id, turn_index, why}]: cited, quoted only when rendered';
comment on column suggestions.recommended_actions is 'Concrete actions, most important first';
comment on column suggestions.metrics_to_track is '[{metric, target}]';
comment on column suggestions.proposed_change is 'Change to a file, where it is one';
comment on column suggestions.cluster_id is 'Cluster it would fix';
comment on column suggestions.status is 'pending, accepted, rejected, deferred, shipped or expired';
comment on column suggestions.assignee is 'Who has it';
comment on column suggestions.proposed_at is 'First proposal, UTC';
comment on column suggestions.expires_at is 'When it expires unless decided, UTC';
comment on column suggestions.explanation is 'One line: why it is here';
comment on column suggestions.assumptions is 'One line: what the figures assume';
comment on column suggestions.overlap is 'Share of the exposed that have comparable unexposed conversations, 0..1';
comment on column suggestions.prior_share is 'Share of the impact interval''s width that is prior belief, 0..1';
comment on column suggestions.exposure is 'Which conversations the fix would touch: cluster_ids, dimension, value';
comment on column suggestions.revised_on is 'Day of the newest figures';

create table weekly_rankings (
    week text not null,
    suggestion_id text not null,
    rank integer not null,
    impact_estimate double precision,
    impact_low double precision,
    impact_high double precision
);
comment on table weekly_rankings is 'One row per published week and suggestion, as it was shown.';
comment on column weekly_rankings.week is 'ISO week such as 2026-W47';
comment on column weekly_rankings.suggestion_id is 'Suggestion';
comment on column weekly_rankings.rank is 'From 1';
comment on column weekly_rankings.impact_estimate is 'As shown';
comment on column weekly_rankings.impact_low is 'As shown';
comment on column weekly_rankings.impact_high is 'As shown';

create table decisions (
    decision_id text not null,
    suggestion_id text not null,
    decision text not null,
    actor text not null,
    reason text,
    decided_at timestamp with time zone not null,
    assignee text,
    assistant_version text,
    prediction json,
    log_version bigint
);
comment on table decisions is 'One row per decision on a suggestion.';
comment on column decisions.decision_id is 'Event id';
comment on column decisions.suggestion_id is 'Suggestion';
comment on column decisions.decision is 'accepted, rejected, deferred, assigned, noted, shipped, reopened or expired';
comment on column decisions.actor is 'Who';
comment on column decisions.reason is 'Why';
comment on column decisions.decided_at is 'When, UTC';
comment on column decisions.assignee is 'Who is to do it, where the decision names somebody';
comment on column decisions.assistant_version is 'Version shipped';
comment on column decisions.prediction is 'Frozen prediction of an acceptance';
comment on column decisions.log_version is 'Log version that brought it: of two decisions the greater one stands';

create table effects (
    effect_id text not null,
    suggestion_id text not null,
    metric text not null,
    effect double precision,
    effect_low double precision,
    effect_high double precision,
    predicted double precision,
    method text not null,
    verdict text not null,
    measured_at timestamp with time zone not null,
    before_count bigint not null,
    after_count bigint not null
);
comment on table effects is 'One row per measurement of a shipped suggestion.';
comment on column effects.effect_id is 'Event id';
comment on column effects.suggestion_id is 'Suggestion';
comment on column effects.metric is 'What was measured';
comment on column effects.effect is 'Difference in differences on the exposed, −1..1; NULL: too little data';
comment on column effects.effect_low is 'Lower end of its 90 % interval';
comment on column effects.effect_high is 'Upper end of its 90 % interval';
comment on column effects.predicted is 'Frozen prediction';
comment on column effects.method is 'How';
comment on column effects.verdict is 'improved, worsened, no measurable effect, too little data';
comment on column effects.measured_at is 'End of the measured span, UTC';
comment on column effects.before_count is 'Exposed conversations before';
comment on column effects.after_count is 'Exposed conversations after';

create table alerts (
    alert_id text not null,
    metric text not null,
    segment text,
    value double precision not null,
    threshold double precision not null,
    raised_at timestamp with time zone not null
);
comment on table alerts is 'One row per alert.';
comment on column alerts.alert_id is 'Event id';
comment on column alerts.metric is 'Metric';
comment on column alerts.segment is 'Segment';
comment on column alerts.value is 'Value seen';
comment on column alerts.threshold is 'Limit';
comment on column alerts.raised_at is 'When, UTC';

create table conversations (
    conversation_id text not null,
    assistant_id text not null,
    assistant_version text,
    config_version text,
    channel text not null,
    user_key text,
    origin text not null,
    is_internal boolean not null,
    persona text,
    persona_confidence double precision,
    topic_id text,
    started_at timestamp with time zone not null,
    ended_at timestamp with time zone,
    last_turn_at timestamp with time zone not null,
    is_open boolean not null,
    turn_count bigint not null,
    outcome text,
    satisfaction double precision,
    day date not null,
    week text not null,
    metadata json,
    log_version bigint not null
);
comment on table conversations is 'One row per conversation: a session of one user with the assistant.';
comment on column conversations.conversation_id is 'Id as the source gave it';
comment on column conversations.assistant_id is 'Assistant that answered';
comment on column conversations.assistant_version is 'Version of the assistant, as the source says';
comment on column conversations.config_version is 'Version of prompt, knowledge base or configuration';
comment on column conversations.channel is 'Channel such as web, phone, email; unknown where the source does not say';
comment on column conversations.user_key is 'Keyed digest of the user id; NULL: unknown, the conversation stands for its user';
comment on column conversations.origin is 'production or test';
comment on column conversations.is_internal is 'Whether staff or a bot held it';
comment on column conversations.persona is 'Kind of user, as the log says';
comment on column conversations.persona_confidence is 'Confidence of an inferred persona, 0..1; 1 where the log says';
comment on column conversations.topic_id is 'Topic: what the user wanted';
comment on column conversations.started_at is 'Start, UTC';
comment on column conversations.ended_at is 'End as the source says, else the last turn of a closed conversation; NULL while open';
comment on column conversations.last_turn_at is 'Time of the newest turn, or the start where there is none, UTC';
comment on column conversations.is_open is 'Whether more may come: no end and no idle timeout yet';
comment on column conversations.turn_count is 'Turns of user, assistant and human agents';
comment on column conversations.outcome is 'resolved, escalated, abandoned or unresolved, as the source says';
comment on column conversations.satisfaction is 'Mean score of volunteered user feedback, 0..1; NULL: nobody said';
comment on column conversations.day is 'Day of the start in the team''s time zone';
comment on column conversations.week is 'ISO week of the start in the team''s time zone, such as 2026-W47';
comment on column conversations.metadata is 'Other fields of the source';
comment on column conversations.log_version is 'Newest log version that touched the row';

create table turns (
    conversation_id text not null,
    turn_index integer not null,
    turn_key text not null,
    role text not null,
    content text,
    parts json,
    occurred_at timestamp with time zone not null,
    latency_ms double precision,
    error_type text,
    input_tokens bigint,
    output_tokens bigint,
    tool_calls json,
    tool_call_id text,
    tool_name text,
    position bigint not null,
    updated_at timestamp with time zone,
    log_version bigint not null
);
comment on table turns is 'One row per turn, in order; turn_index counts from 0 without gaps.';
comment on column turns.conversation_id is 'Conversation';
comment on column turns.turn_index is 'Place in the conversation, from 0';
comment on column turns.turn_key is 'Identity of the turn in its source: message id or digest';
comment on column turns.role is 'user, assistant, system, tool or agent (a human)';
comment on column turns.content is 'What was said; NULL or empty: nothing';
comment on column turns.parts is 'Typed parts of a multimodal turn';
comment on column turns.occurred_at is 'Time, UTC; the conversation''s start where the source gives none';
comment on column turns.latency_ms is 'Time to this response in milliseconds; NULL: not measured';
comment on column turns.error_type is 'Error of this turn; NULL: none';
comment on column turns.input_tokens is 'Tokens read';
comment on column turns.output_tokens is 'Tokens written';
comment on column turns.tool_calls is 'Tools called by this turn: [{id, name, arguments}]';
comment on column turns.tool_call_id is 'Call that this tool turn answers';
comment on column turns.tool_name is 'Tool that this tool turn answers for';
comment on column turns.position is 'Place in the record it came from: breaks ties of time';
comment on column turns.updated_at is 'Revision time in the source';
comment on column turns.log_version is 'Log version that brought the turn';

create table feedback (
    feedback_id text not null,
    conversation_id text not null,
    turn_index integer,
    kind text not null,
    channel text,
    value text,
    scale text,
    score double precision,
    comment text,
    author text not null,
    inclusion_probability double precision,
    received_at timestamp with time zone not null,
    updated_at timestamp with time zone,
    log_version bigint not null
);
comment on table feedback is 'One row per piece of feedback, newest revision.';
comment on column feedback.feedback_id is 'Identity of the feedback';
comment on column feedback.conversation_id is 'Conversation it is about; it may arrive later than its feedback';
comment on column feedback.turn_index is 'Turn it is about; NULL: the whole';
comment on column feedback.kind is 'rating, thumb, csat, nps, comment or label';
comment on column feedback.channel is 'Where it was given';
comment on column feedback.value is 'Value as given';
comment on column feedback.scale is 'Scale of the value, such as 1-5';
comment on column feedback.score is 'Value mapped linearly to 0..1; NULL for a bare comment';
comment on column feedback.comment is 'What was written';
comment on column feedback.author is 'user, agent or annotator';
comment on column feedback.inclusion_probability is 'Probability with which it was asked for; NULL = volunteered';
comment on column feedback.received_at is 'Time, UTC';
comment on column feedback.updated_at is 'Revision time in the source';
comment on column feedback.log_version is 'Log version that brought it';

create table releases (
    release_id text not null,
    assistant_id text not null,
    assistant_version text,
    kind text not null,
    released_at timestamp with time zone not null,
    note text
);
comment on table releases is 'One row per marked change of prompt, knowledge base or model.';
comment on column releases.release_id is 'Event id';
comment on column releases.assistant_id is 'Assistant';
comment on column releases.assistant_version is 'Version';
comment on column releases.kind is 'prompt, knowledge_base, model or code';
comment on column releases.released_at is 'When, UTC';
comment on column releases.note is 'What changed';

create table response_scores (
    conversation_id text not null,
    turn_index integer not null,
    metric text not null,
    scorer text not null,
    score double precision,
    unscored_reason text,
    scorer_version text not null,
    inclusion_probability double precision not null,
    cost_usd double precision
);
comment on table response_scores is 'One row per response (assistant turn), metric and scorer.';
comment on column response_scores.conversation_id is 'Conversation';
comment on column response_scores.turn_index is 'The response';
comment on column response_scores.metric is 'accuracy, relevance, coherence, completeness, helpfulness, safety or efficiency';
comment on column response_scores.scorer is 'rule, judge or human';
comment on column response_scores.score is '0 (worst) to 1 (best); NULL: unscored';
comment on column response_scores.unscored_reason is 'Why there is no score';
comment on column response_scores.scorer_version is 'Version of the rule or of model and prompt';
comment on column response_scores.inclusion_probability is 'Probability with which the response was chosen, 0..1; 1 for rules';
comment on column response_scores.cost_usd is 'Cost of this score in US dollars; NULL for rules';

create table failures (
    conversation_id text not null,
    failure_probability double precision not null,
    is_failure boolean not null,
    failed_turn_index integer,
    signals json not null,
    model_version text not null,
    log_version bigint not null
);
comment on table failures is 'One row per closed production conversation.';
comment on column failures.conversation_id is 'Conversation';
comment on column failures.failure_probability is 'Probability that it did not serve its user, 0..1';
comment on column failures.is_failure is 'failure_probability at or above the threshold';
comment on column failures.failed_turn_index is 'Turn where it went wrong; NULL where is_failure is false';
comment on column failures.signals is 'Names of the signals that fired, sorted';
comment on column failures.model_version is 'Version of the failure model';
comment on column failures.log_version is 'conversations.log_version that it was made from: older means judge again';

create table failure_signals (
    conversation_id text not null,
    signal text not null,
    turn_index integer,
    strength double precision not null
);
comment on table failure_signals is 'One row per conversation and signal that fired.';
comment on column failure_signals.conversation_id is 'Conversation';
comment on column failure_signals.signal is 'Name of the signal';
comment on column failure_signals.turn_index is 'First turn at which it fired';
comment on column failure_signals.strength is '0..1';

create table topics (
    topic_id text not null,
    title text not null,
    top_terms json not null,
    size bigint not null,
    fit_id text not null,
    fitted_on date
);
comment on table topics is 'One row per topic of the newest topic model: what users want.';
comment on column topics.topic_id is 'Topic';
comment on column topics.title is 'Short title from its terms';
comment on column topics.top_terms is 'Most telling terms, best first';
comment on column topics.size is 'Conversations assigned';
comment on column topics.fit_id is 'Fit that made it';
comment on column topics.fitted_on is 'Day of that fit';

create table clusters (
    cluster_id text not null,
    assistant_id text not null,
    theme_id text,
    title text not null,
    top_terms json not null,
    size bigint not null,
    stability double precision,
    status text not null,
    first_seen date not null,
    last_seen date not null,
    exposure_rule json not null,
    signal_shares json not null,
    fit_id text not null
);
comment on table clusters is 'One row per cluster of failures alike, as it stands now.';
comment on column clusters.cluster_id is 'Cluster; kept over weeks';
comment on column clusters.assistant_id is 'Assistant whose failures these are';
comment on column clusters.theme_id is 'Theme above the cluster';
comment on column clusters.title is 'Short title from its terms';
comment on column clusters.top_terms is 'Most telling terms, best first';
comment on column clusters.size is 'Failures in the window';
comment on column clusters.stability is 'Bootstrap Jaccard, 0..1; NULL: too few members';
comment on column clusters.status is 'new, growing, steady, shrinking, resolved or regressed';
comment on column clusters.first_seen is 'Day of the first fit that held it';
comment on column clusters.last_seen is 'Day of the newest fit that held it';
comment on column clusters.exposure_rule is 'What makes a conversation exposed: topic_ids, tool, assistant_version, …';
comment on column clusters.signal_shares is 'Share of members with each signal, 0..1';
comment on column clusters.fit_id is 'Newest fit that held it';

create table cluster_members (
    cluster_id text not null,
    conversation_id text not null,
    similarity double precision not null,
    fit_id text not null
);
comment on table cluster_members is 'One row per cluster and member of its newest fit.';
comment on column cluster_members.cluster_id is 'Cluster';
comment on column cluster_members.conversation_id is 'Failed conversation';
comment on column cluster_members.similarity is 'Cosine to the cluster''s centre, −1..1';
comment on column cluster_members.fit_id is 'Fit';

create table cluster_lineage (
    fit_id text not null,
    cluster_id text not null,
    parent_cluster_id text not null,
    kind text not null,
    shared bigint not null
);
comment on table cluster_lineage is 'One row per tie between a cluster of one fit and one of the fit before.';
comment on column cluster_lineage.fit_id is 'Fit of the newer cluster';
comment on column cluster_lineage.cluster_id is 'Newer cluster';
comment on column cluster_lineage.parent_cluster_id is 'Older cluster';
comment on column cluster_lineage.kind is 'kept, split, merged';
comment on column cluster_lineage.shared is 'Members in both';

create table exposures (
    cluster_id text not null,
    conversation_id text not null
);
comment on table exposures is 'One row per cluster and conversation that its fix would touch, failed or not.';
comment on column exposures.cluster_id is 'Cluster';
comment on column exposures.conversation_id is 'Exposed conversation';

create table warehouse_state (
    schema_version text not null,
    log_version bigint not null,
    as_of timestamp with time zone
);
comment on table warehouse_state is 'One row: what this file is and how far it has read the log.';
comment on column warehouse_state.schema_version is 'Semantic version of the tables';
comment on column warehouse_state.log_version is 'Newest event log version that the tables hold: the watermark';
comment on column warehouse_state.as_of is 'Instant up to which conversations were judged open or closed, UTC';

create table quarantine (
    quarantine_id text not null,
    source_name text not null,
    file text not null,
    line bigint,
    reason text not null,
    rule text not null,
    conversation_id text,
    turn_count bigint,
    record text,
    quarantined_at timestamp with time zone not null
);
comment on table quarantine is 'One row per record that was refused.';
comment on column quarantine.quarantine_id is 'Event id';
comment on column quarantine.source_name is 'Source';
comment on column quarantine.file is 'File';
comment on column quarantine.line is 'Line or array element, from 1; NULL: the file as a whole';
comment on column quarantine.reason is 'Why, in one line';
comment on column quarantine.rule is 'Parser or expectation that refused it';
comment on column quarantine.conversation_id is 'Conversation, where it could be read';
comment on column quarantine.turn_count is 'Turns it held, as far as can be seen';
comment on column quarantine.record is 'The record, pseudonymised';
comment on column quarantine.quarantined_at is 'When, UTC';

create table validations (
    validation_id text not null,
    batch text not null,
    day date not null,
    suite text not null,
    expectation text not null,
    is_success boolean not null,
    evaluated_count bigint not null,
    unexpected_count bigint not null,
    observed text
);
comment on table validations is 'One row per batch and expectation.';
comment on column validations.validation_id is 'Batch and expectation';
comment on column validations.batch is 'Batch: day or ad-hoc ingest, and chunk';
comment on column validations.day is 'Day of the run';
comment on column validations.suite is 'Suite: conversations, turns, feedback or batch';
comment on column validations.expectation is 'Expectation and column';
comment on column validations.is_success is 'Whether it held';
comment on column validations.evaluated_count is 'Rows looked at';
comment on column validations.unexpected_count is 'Rows that failed';
comment on column validations.observed is 'Value seen, for batch expectations';

create table runs (
    run_id text not null,
    stage text not null,
    day date not null,
    read_count bigint not null,
    appended_count bigint not null,
    skipped_count bigint not null,
    quarantined_count bigint not null,
    notes json not null,
    completed_at timestamp with time zone not null
);
comment on table runs is 'One row per stage and day that changed something.';
comment on column runs.run_id is 'Event id';
comment on column runs.stage is 'Stage';
comment on column runs.day is 'Day';
comment on column runs.read_count is 'Units read';
comment on column runs.appended_count is 'Events appended';
comment on column runs.skipped_count is 'Events already there';
comment on column runs.quarantined_count is 'Records refused';
comment on column runs.notes is 'Other counts, such as which sources arrived';
comment on column runs.completed_at is 'When, UTC';

create table test_runs (
    run_id text not null,
    started_at timestamp with time zone not null,
    ended_at timestamp with time zone,
    configuration json not null,
    error text
);
comment on table test_runs is 'One row per run of a test suite.';
comment on column test_runs.run_id is 'Run';
comment on column test_runs.started_at is 'Start, UTC';
comment on column test_runs.ended_at is 'End, UTC';
comment on column test_runs.configuration is 'Configuration';
comment on column test_runs.error is 'Error that ended it';

create table test_results (
    execution_id text not null,
    run_id text not null,
    test_id text not null,
    type text not null,
    persona text,
    channel text,
    result text not null,
    response text,
    execution_ms double precision,
    quality_scores json,
    error text,
    failure_reasons json,
    cluster_id text,
    occurred_at timestamp with time zone not null
);
comment on table test_results is 'One row per executed test case.';
comment on column test_results.execution_id is 'Execution';
comment on column test_results.run_id is 'Run';
comment on column test_results.test_id is 'Test case';
comment on column test_results.type is 'functional, performance, usability, security, integration, regression, load, conversation_flow';
comment on column test_results.persona is 'Persona';
comment on column test_results.channel is 'Channel';
comment on column test_results.result is 'passed, failed, warning or skipped';
comment on column test_results.response is 'Response';
comment on column test_results.execution_ms is 'Milliseconds';
comment on column test_results.quality_scores is 'Score by metric';
comment on column test_results.error is 'Error';
comment on column test_results.failure_reasons is 'Reasons';
comment on column test_results.cluster_id is 'Cluster it shares its identity with';
comment on column test_results.occurred_at is 'When, UTC';

create or replace view production_conversations as
-- What: the conversations that every rate reads: real customers in production, over by now.
-- Grain: one row per closed production conversation; internal, bot and test traffic and open ones are left out.
-- Units: as in conversations.
-- NULLs: persona, topic_id, outcome and satisfaction may be NULL: nobody said.
select
    conversations.conversation_id,
    conversations.assistant_id,
    conversations.assistant_version,
    conversations.config_version,
    conversations.channel,
    conversations.user_key,
    conversations.origin,
    conversations.is_internal,
    conversations.persona,
    conversations.persona_confidence,
    conversations.topic_id,
    conversations.started_at,
    conversations.ended_at,
    conversations.last_turn_at,
    conversations.is_open,
    conversations.turn_count,
    conversations.outcome,
    conversations.satisfaction,
    conversations.day,
    conversations.week,
    conversations.metadata,
    conversations.log_version
from conversations
where
    conversations.origin = 'production'
    and not conversations.is_internal
    and not conversations.is_open;

create or replace view conversation_scores as
-- What: the scores of each conversation, so that a long one counts no more than a short one.
-- Grain: one row per closed production conversation, metric and scorer with at least one score.
-- Units: weight = sum of 1 / (inclusion probability × responses of the conversation): 1 where all are scored;
--        weighted_score = the same sum times the score; their ratio over many conversations is the mean score, 0..1.
-- NULLs: unscored responses are left out.
with responses as (
    select
        conversation_id,
        count(*) as response_count
    from turns
    where role = 'assistant'
    group by conversation_id
),

final as (
    select
        scores.conversation_id,
        conversations.day,
        conversations.week,
        scores.metric,
        scores.scorer,
        count(*) as scored_count,
        round(sum(scores.score / (scores.inclusion_probability * responses.response_count)), 9) as weighted_score,
        round(sum(1 / (scores.inclusion_probability * responses.response_count)), 9) as weight
    from response_scores as scores
    inner join production_conversations as conversations
        on scores.conversation_id = conversations.conversation_id
    inner join responses
        on scores.conversation_id = responses.conversation_id
    where
        scores.score is not null
        and scores.inclusion_probability > 0
    group by scores.conversation_id, conversations.day, conversations.week, scores.metric, scores.scorer
)

select * from final;

create or replace view daily_quality as
-- What: how well each day's conversations went.
-- Grain: one row per day of the start (team's time zone) with a closed production conversation.
-- Units: rates and scores 0..1; judged_count: conversations with a failure probability. Rule metrics come from every
--        response, helpfulness, accuracy and relevance from the judge's sample, weighted by its probabilities.
-- NULLs: a rate or score of nothing is NULL; satisfaction is the mean among those who answered.
with means as (
    select
        day,
        metric,
        scorer,
        round(sum(weighted_score) / nullif(sum(weight), 0), 6) as mean_score
    from conversation_scores
    group by day, metric, scorer
),

scores as (
    select
        day,
        max(mean_score) filter (where metric = 'coherence' and scorer = 'rule') as coherence,
        max(mean_score) filter (where metric = 'completeness' and scorer = 'rule') as completeness,
        max(mean_score) filter (where metric = 'efficiency' and scorer = 'rule') as efficiency,
        max(mean_score) filter (where metric = 'safety' and scorer = 'rule') as safety,
        max(mean_score) filter (where metric = 'helpfulness' and scorer = 'judge') as helpfulness,
        max(mean_score) filter (where metric = 'accuracy' and scorer = 'judge') as accuracy,
        max(mean_score) filter (where metric = 'relevance' and scorer = 'judge') as relevance
    from means
    group by day
),

counts as (
    select
        conversations.day,
        count(*) as conversation_count,
        count(failures.conversation_id) as judged_count,
        count(*) filter (where failures.is_failure) as failure_count,
        count(*) filter (where conversations.outcome = 'escalated') as escalated_count,
        count(conversations.satisfaction) as answered_count,
        round(sum(conversations.satisfaction) / nullif(count(conversations.satisfaction), 0), 6) as satisfaction
    from production_conversations as conversations
    left join failures
        on conversations.conversation_id = failures.conversation_id
    group by conversations.day
),

final as (
    select
        counts.day,
        counts.conversation_count,
        counts.judged_count,
        counts.failure_count,
        round(counts.failure_count / nullif(counts.judged_count, 0), 6) as failure_rate,
        round(1 - counts.failure_count / nullif(counts.judged_count, 0), 6) as success_rate,
        round(counts.escalated_count / counts.conversation_count, 6) as escalation_rate,
        counts.answered_count,
        counts.satisfaction,
        scores.coherence,
        scores.completeness,
        scores.efficiency,
        scores.safety,
        scores.helpfulness,
        scores.accuracy,
        scores.relevance
    from counts
    left join scores
        on counts.day = scores.day
)

select * from final;

create or replace view weekly_quality as
-- What: how well each week's conversations went.
-- Grain: one row per week of the start (team's time zone) with a closed production conversation.
-- Units: rates and scores 0..1; judged_count: conversations with a failure probability. Rule metrics come from every
--        response, helpfulness, accuracy and relevance from the judge's sample, weighted by its probabilities.
-- NULLs: a rate or score of nothing is NULL; satisfaction is the mean among those who answered.
with means as (
    select
        week,
        metric,
        scorer,
        round(sum(weighted_score) / nullif(sum(weight), 0), 6) as mean_score
    from conversation_scores
    group by week, metric, scorer
),

scores as (
    select
        week,
        max(mean_score) filter (where metric = 'coherence' and scorer = 'rule') as coherence,
        max(mean_score) filter (where metric = 'completeness' and scorer = 'rule') as completeness,
        max(mean_score) filter (where metric = 'efficiency' and scorer = 'rule') as efficiency,
        max(mean_score) filter (where metric = 'safety' and scorer = 'rule') as safety,
        max(mean_score) filter (where metric = 'helpfulness' and scorer = 'judge') as helpfulness,
        max(mean_score) filter (where metric = 'accuracy' and scorer = 'judge') as accuracy,
        max(mean_score) filter (where metric = 'relevance' and scorer = 'judge') as relevance
    from means
    group by week
),

counts as (
    select
        conversations.week,
        count(*) as conversation_count,
        count(failures.conversation_id) as judged_count,
        count(*) filter (where failures.is_failure) as failure_count,
        count(*) filter (where conversations.outcome = 'escalated') as escalated_count,
        count(conversations.satisfaction) as answered_count,
        round(sum(conversations.satisfaction) / nullif(count(conversations.satisfaction), 0), 6) as satisfaction
    from production_conversations as conversations
    left join failures
        on conversations.conversation_id = failures.conversation_id
    group by conversations.week
),

final as (
    select
        counts.week,
        counts.conversation_count,
        counts.judged_count,
        counts.failure_count,
        round(counts.failure_count / nullif(counts.judged_count, 0), 6) as failure_rate,
        round(1 - counts.failure_count / nullif(counts.judged_count, 0), 6) as success_rate,
        round(counts.escalated_count / counts.conversation_count, 6) as escalation_rate,
        counts.answered_count,
        counts.satisfaction,
        scores.coherence,
        scores.completeness,
        scores.efficiency,
        scores.safety,
        scores.helpfulness,
        scores.accuracy,
        scores.relevance
    from counts
    left join scores
        on counts.week = scores.week
)

select * from final;

create or replace view success_by_channel_persona as
-- What: how often each kind of user succeeds on each channel, by week.
-- Grain: one row per week, channel and persona with a judged conversation.
-- Units: success_rate 0..1 over judged closed production conversations.
-- NULLs: a persona that nobody gave stands as 'unknown'.
with final as (
    select
        conversations.week,
        conversations.channel,
        coalesce(conversations.persona, 'unknown') as persona,
        count(*) as judged_count,
        count(*) filter (where failures.is_failure) as failure_count,
        round(1 - count(*) filter (where failures.is_failure) / count(*), 6) as success_rate
    from production_conversations as conversations
    inner join failures
        on conversations.conversation_id = failures.conversation_id
    group by conversations.week, conversations.channel, coalesce(conversations.persona, 'unknown')
)

select * from final;

create or replace view success_by_turn as
-- What: where in a conversation things go wrong: of those that reach a turn, how many have not failed by then.
-- Grain: one row per week and turn number that a judged conversation reached.
-- Units: turn_number counts user, assistant and agent turns from 1; survival_rate 0..1.
-- NULLs: a failure without a turn counts at its last turn.
with judged as (
    select
        conversations.conversation_id,
        conversations.week,
        conversations.turn_count,
        failures.is_failure,
        failures.failed_turn_index
    from production_conversations as conversations
    inner join failures
        on conversations.conversation_id = failures.conversation_id
    where conversations.turn_count > 0
),

failed_at as (
    select
        judged.conversation_id,
        count(*) filter (where turns.turn_index <= judged.failed_turn_index) as turn_number
    from judged
    inner join turns
        on judged.conversation_id = turns.conversation_id
    where
        judged.is_failure
        and judged.failed_turn_index is not null
        and turns.role in ('user', 'assistant', 'agent')
    group by judged.conversation_id
),

reached as (
    select
        judged.week,
        unnest(generate_series(1, judged.turn_count)) as turn_number,
        case
            when judged.is_failure and failed_at.turn_number is null then judged.turn_count
            when judged.is_failure then greatest(failed_at.turn_number, 1)
        end as failed_number
    from judged
    left join failed_at
        on judged.conversation_id = failed_at.conversation_id
),

final as (
    select
        week,
        turn_number,
        count(*) as reached_count,
        count(*) filter (where failed_number = turn_number) as failed_here_count,
        round(1 - count(*) filter (where failed_number <= turn_number) / count(*), 6) as survival_rate
    from reached
    group by week, turn_number
)

select * from final;

create or replace view latency as
-- What: how long users waited for a response.
-- Grain: one row per week, assistant and version with a measured response.
-- Units: milliseconds, exact percentiles; over responses of closed production conversations.
-- NULLs: responses without a measured latency are left out; a version that is not known is NULL.
with final as (
    select
        conversations.week,
        conversations.assistant_id,
        conversations.assistant_version,
        count(turns.latency_ms) as response_count,
        round(quantile_cont(turns.latency_ms, 0.5), 3) as p50_ms,
        round(quantile_cont(turns.latency_ms, 0.95), 3) as p95_ms,
        round(quantile_cont(turns.latency_ms, 0.99), 3) as p99_ms
    from production_conversations as conversations
    inner join turns
        on conversations.conversation_id = turns.conversation_id
    where
        turns.role = 'assistant'
        and turns.latency_ms is not null
    group by conversations.week, conversations.assistant_id, conversations.assistant_version
)

select * from final;

create or replace view signal_rates as
-- What: how often each failure signal fires.
-- Grain: one row per week and signal that fired.
-- Units: rate 0..1 of the week's judged closed production conversations.
-- NULLs: none; a signal that did not fire in a week has no row.
with judged as (
    select
        conversations.conversation_id,
        conversations.week
    from production_conversations as conversations
    inner join failures
        on conversations.conversation_id = failures.conversation_id
),

weeks as (
    select
        week,
        count(*) as judged_count
    from judged
    group by week
),

fired as (
    select
        judged.week,
        failure_signals.signal,
        count(*) as conversation_count
    from judged
    inner join failure_signals
        on judged.conversation_id = failure_signals.conversation_id
    group by judged.week, failure_signals.signal
),

final as (
    select
        fired.week,
        fired.signal,
        fired.conversation_count,
        weeks.judged_count,
        round(fired.conversation_count / weeks.judged_count, 6) as rate
    from fired
    inner join weeks
        on fired.week = weeks.week
)

select * from final;

create or replace view failure_clusters as
-- What: clusters of failures with how far a fix would reach.
-- Grain: one row per cluster.
-- Units: size counts failures, exposure_count conversations; success rate and exposed_share 0..1; the share is of all
--        closed production conversations of the days that the exposure spans.
-- NULLs: a share or rate of nothing is NULL.
with exposed as (
    select
        exposures.cluster_id,
        count(*) as exposure_count,
        count(failures.conversation_id) as judged_count,
        count(*) filter (where failures.is_failure) as failure_count,
        min(conversations.day) as first_day,
        max(conversations.day) as last_day
    from exposures
    inner join production_conversations as conversations
        on exposures.conversation_id = conversations.conversation_id
    left join failures
        on exposures.conversation_id = failures.conversation_id
    group by exposures.cluster_id
),

spans as (
    select
        exposed.cluster_id,
        count(*) as conversation_count
    from exposed
    inner join production_conversations as conversations
        on conversations.day between exposed.first_day and exposed.last_day
    group by exposed.cluster_id
),

final as (
    select
        clusters.cluster_id,
        clusters.assistant_id,
        clusters.title,
        clusters.status,
        clusters.size,
        clusters.stability,
        clusters.first_seen,
        clusters.last_seen,
        coalesce(exposed.exposure_count, 0) as exposure_count,
        round(exposed.exposure_count / nullif(spans.conversation_count, 0), 6) as exposed_share,
        round(1 - exposed.failure_count / nullif(exposed.judged_count, 0), 6) as exposed_success_rate
    from clusters
    left join exposed
        on clusters.cluster_id = exposed.cluster_id
    left join spans
        on clusters.cluster_id = spans.cluster_id
)

select * from final;

create or replace view suggestion_list as
-- What: what waits for a decision, the most worthwhile first; read it with `order by place`.
-- Grain: one row per pending suggestion.
-- Units: impact and opportunity in points of the success rate, −1..1, with 90 % intervals; place from 1.
-- NULLs: impact NULL with its reason: ranked after those that have one. Critical, then
-- high severity leads: the order of upturn.domain.ranking.rank.
with final as (
    select
        row_number() over (
            order by
                case severity when 'critical' then 0 when 'high' then 1 else 2 end,
                impact_estimate desc nulls last,
                case implementation_effort when 'low' then 0 when 'medium' then 1 else 2 end,
                opportunity desc nulls last,
                suggestion_id asc
        ) as place,
        suggestion_id,
        category,
        title,
        priority,
        severity,
        impact_estimate,
        impact_low,
        impact_high,
        impact_reason,
        opportunity,
        implementation_effort,
        cluster_id,
        assignee,
        proposed_at,
        expires_at,
        explanation
    from suggestions
    where status = 'pending'
)

select * from final;

create or replace view completeness as
-- What: whether each day is whole: what ingest said arrived, and what validation let through.
-- Grain: one row per day on which ingest ran, its newest run.
-- Units: counts of sources, records and conversations of that day's start.
-- NULLs: sources_arrived and sources_expected are NULL where the run noted none.
with ingests as (
    select
        day,
        read_count,
        quarantined_count,
        notes,
        completed_at
    from runs
    where stage = 'ingest'
    qualify row_number() over (partition by day order by completed_at desc, run_id desc) = 1
),

days as (
    select
        day,
        count(*) as conversation_count
    from conversations
    group by day
),

final as (
    select
        ingests.day,
        try_cast(ingests.notes ->> '$.sources_arrived' as bigint) as sources_arrived,
        try_cast(ingests.notes ->> '$.sources_expected' as bigint) as sources_expected,
        ingests.read_count,
        ingests.quarantined_count,
        coalesce(days.conversation_count, 0) as conversation_count,
        ingests.notes
    from ingests
    left join days
        on ingests.day = days.day
)

select * from final;

create or replace view validation_summary as
-- What: how each expectation fared, by day.
-- Grain: one row per day, suite and expectation.
-- Units: counts of rows over the day's batches; unexpected_rate 0..1.
-- NULLs: a rate over no rows is NULL.
with final as (
    select
        day,
        suite,
        expectation,
        count(*) as batch_count,
        count(*) filter (where not is_success) as failed_batch_count,
        sum(evaluated_count) as evaluated_count,
        sum(unexpected_count) as unexpected_count,
        round(sum(unexpected_count) / nullif(sum(evaluated_count), 0), 6) as unexpected_rate
    from validations
    group by day, suite, expectation
)

select * from final;

create or replace view quarantine_summary as
-- What: what was refused and why, by day.
-- Grain: one row per day (UTC), source and rule.
-- Units: counts of records, and of the turns that they held as far as could be seen.
-- NULLs: turn_count is 0 where nothing could be seen.
with final as (
    select
        cast(timezone('UTC', quarantined_at) as date) as day,
        source_name,
        rule,
        count(*) as record_count,
        count(distinct file) as file_count,
        coalesce(sum(turn_count), 0) as turn_count
    from quarantine
    group by cast(timezone('UTC', quarantined_at) as date), source_name, rule
)

select * from final;
