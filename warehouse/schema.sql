-- The warehouse's tables and views, schema version 1.6.0. Generated: see CONTRIBUTING.md.

-- What: where scores are kept; people read them through the view response_scores.
-- Grain: a row of its own for every metric costs three times what all rules cost together, so the rules' scores of a
--     response stand beside each other, NULL with its reason; scores that come one by one (of the judge, of people, of
--     plug-in metrics) are rows of given_scores, as the view shows them.
create schema working;

create table working.rule_scores (
    conversation_id varchar not null,
    turn_index integer not null,
    accuracy double,
    accuracy_reason varchar,
    relevance double,
    relevance_reason varchar,
    coherence double,
    coherence_reason varchar,
    completeness double,
    completeness_reason varchar,
    helpfulness double,
    helpfulness_reason varchar,
    efficiency double,
    efficiency_reason varchar,
    safety double,
    safety_reason varchar,
    safety_finding varchar
);

create table working.given_scores (
    conversation_id varchar not null,
    turn_index integer not null,
    metric varchar not null,
    scorer varchar not null,
    score double,
    unscored_reason varchar,
    scorer_version varchar not null,
    inclusion_probability double not null,
    cost_usd double
);

-- What: what the turns of a conversation tell of it, worked out once when it changed: the marts of behaviour read it.
-- Grain: one row per conversation that was scored. Columns and NULLs as in the marts turn_taking, message_sentiment (summed
--     up), context_losses and conversation_personas, whose SQL makes them.
create table working.traits (
    conversation_id varchar not null,
    user_count bigint,
    consecutive_user_count bigint,
    user_gap_count bigint,
    user_gap_ms bigint,
    user_chars bigint,
    assistant_chars bigint,
    response_count bigint,
    response_ms bigint,
    first_response_ms bigint,
    error_count bigint,
    agent_count bigint,
    sentiment double,
    sentiment_change double,
    has_context_loss boolean not null,
    persona varchar
);

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
comment on column effects.effect is 'Difference in differences on the exposed, −1..1; NULL: too little data or not measurable';
comment on column effects.effect_low is 'Lower end of its 90 % interval';
comment on column effects.effect_high is 'Upper end of its 90 % interval';
comment on column effects.predicted is 'Frozen prediction';
comment on column effects.method is 'How';
comment on column effects.verdict is 'improved, worsened, no measurable effect, too little data, not measurable (method says why)';
comment on column effects.measured_at is 'End of the measured span, UTC';
comment on column effects.before_count is 'Exposed conversations before';
comment on column effects.after_count is 'Exposed conversations after';

create table alerts (
    alert_id text not null,
    metric text not null,
    segment text,
    value double precision not null,
    threshold double precision not null,
    raised_at timestamp with time zone not null,
    name text,
    statistic text,
    direction text,
    segment_kind text,
    mean double precision,
    low double precision,
    high double precision,
    conversation_count bigint,
    last_day date,
    window_days bigint,
    kind text not null,
    version_before text,
    difference double precision,
    difference_low double precision,
    difference_high double precision,
    method text
);
comment on table alerts is 'One row per alert: a limit of `[[thresholds.alerts]]` crossed, or a metric that got worse with a version.';
comment on column alerts.alert_id is 'Event id';
comment on column alerts.metric is 'Metric';
comment on column alerts.segment is 'Value of the segment, such as a channel; NULL: all conversations';
comment on column alerts.value is 'Value seen, in the metric''s unit';
comment on column alerts.threshold is 'Limit; of a regression the value of the version before';
comment on column alerts.raised_at is 'Start of the window''s newest conversation, UTC';
comment on column alerts.name is 'Name of the limit, or regression; NULL, as the columns up to kind: an alert of before limits had names';
comment on column alerts.statistic is 'What value is: mean, p50, p95 or p99';
comment on column alerts.direction is 'above or below: the side of the limit it is on';
comment on column alerts.segment_kind is 'all, assistant, version, channel, persona or topic';
comment on column alerts.mean is 'Mean over the window''s conversations';
comment on column alerts.low is 'Lower end of the mean''s 90 % interval; NULL: fewer than two users';
comment on column alerts.high is 'Upper end of the mean''s 90 % interval; NULL: fewer than two users';
comment on column alerts.conversation_count is 'Conversations in the window of which the metric says something';
comment on column alerts.last_day is 'Last day of the window';
comment on column alerts.window_days is 'Days of the window';
comment on column alerts.kind is 'limit or regression; the columns from here on are NULL for a limit';
comment on column alerts.version_before is 'Version that the segment''s version is compared with';
comment on column alerts.difference is 'New version minus the one before';
comment on column alerts.difference_low is 'Lower end of its confidence sequence; NULL: not bounded';
comment on column alerts.difference_high is 'Upper end of its confidence sequence; NULL: not bounded';
comment on column alerts.method is 'What is compared: `version_differences.method`';

create table version_differences (
    assistant_id text not null,
    dimension text not null,
    version text not null,
    version_before text not null,
    first_day date not null,
    compared_on date not null,
    level double precision not null,
    metric text not null,
    method text not null,
    difference double precision,
    low double precision,
    high double precision,
    value double precision,
    value_before double precision,
    n bigint not null,
    n_before bigint not null,
    verdict text not null,
    is_flagged boolean not null
);
comment on table version_differences is 'One row per new version, metric and method: what changed since the version before, as of its newest comparison.';
comment on column version_differences.assistant_id is 'Assistant';
comment on column version_differences.dimension is 'assistant_version or config_version';
comment on column version_differences.version is 'The new version';
comment on column version_differences.version_before is 'The version that came before it';
comment on column version_differences.first_day is 'First day of the new version';
comment on column version_differences.compared_on is 'Last day that the comparison holds';
comment on column version_differences.level is 'Probability with which all intervals of a version hold together, at every look, 0..1';
comment on column version_differences.metric is 'Metric of `behaviour`, response_p95_ms, or a quality metric as scored by rules';
comment on column version_differences.method is 'same days: on the days both ran, within days; or before and after, unadjusted';
comment on column version_differences.difference is 'New minus before, in the metric''s unit; NULL: too little data';
comment on column version_differences.low is 'Lower end of its confidence sequence; NULL: not bounded';
comment on column version_differences.high is 'Upper end of its confidence sequence; NULL: not bounded';
comment on column version_differences.value is 'Mean (or percentile) of the new version on the compared days';
comment on column version_differences.value_before is 'That of the version before; their difference differs where days are weighted';
comment on column version_differences.n is 'Observations of the new version: conversations, for response_p95_ms responses';
comment on column version_differences.n_before is 'Observations of the version before';
comment on column version_differences.verdict is 'worse, better, no difference shown or too little data';
comment on column version_differences.is_flagged is 'Worse by the method that decides: an alert was raised';

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
    turn_key text,
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
comment on column feedback.turn_key is 'Identity of that turn, where it came in the same record as the feedback';
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

create table judge_samples (
    conversation_id text not null,
    turn_index integer not null,
    day date not null,
    drawn_probability double precision not null,
    inclusion_probability double precision not null,
    stratum text
);
comment on table judge_samples is 'One row per response that was drawn for the judge and is part of the sample as it was closed.';
comment on column judge_samples.conversation_id is 'Conversation';
comment on column judge_samples.turn_index is 'The response';
comment on column judge_samples.day is 'Day whose responses were drawn from';
comment on column judge_samples.drawn_probability is 'Probability with which it was drawn, 0..1';
comment on column judge_samples.inclusion_probability is 'Probability of being drawn and not cut off by a budget, 0..1';
comment on column judge_samples.stratum is 'Assistant, channel and band; NULL: drawn at one rate for all';

create table judge_strata (
    day date not null,
    stratum text not null,
    population bigint not null,
    conversation_weight double precision not null
);
comment on table judge_strata is 'One row per day and stratum of the responses that samples were drawn from, by the day''s newest draw.';
comment on column judge_strata.day is 'Day whose responses were drawn from';
comment on column judge_strata.stratum is 'Assistant, channel and band';
comment on column judge_strata.population is 'Responses that could have been drawn';
comment on column judge_strata.conversation_weight is 'Sum over them of 1 / responses of their conversation';

create table judge_calls (
    judgement_id text not null,
    conversation_id text not null,
    turn_index integer not null,
    metric text not null,
    model text not null,
    prompt_version text not null,
    content_key text,
    score double precision,
    unscored_reason text,
    rationale text,
    votes json,
    spread double precision,
    is_reused boolean not null,
    drawn_probability double precision not null,
    cost_usd double precision,
    charged_tokens bigint not null,
    charged_usd double precision not null,
    day date not null,
    paid_at timestamp with time zone not null,
    log_version bigint not null
);
comment on table judge_calls is 'One row per judgement ever made, also those that later ones replaced: what was paid, and what is reused.';
comment on column judge_calls.judgement_id is 'Event id';
comment on column judge_calls.conversation_id is 'Conversation';
comment on column judge_calls.turn_index is 'The response';
comment on column judge_calls.metric is 'Metric';
comment on column judge_calls.model is 'Model that judged';
comment on column judge_calls.prompt_version is 'Version of rubric and frame';
comment on column judge_calls.content_key is 'Digest of texts shown, rubrics, model and parameters; NULL: not kept then';
comment on column judge_calls.score is '0 (worst) to 1 (best); NULL: unscored';
comment on column judge_calls.unscored_reason is 'Why there is no score';
comment on column judge_calls.rationale is 'The judge''s reason in a sentence';
comment on column judge_calls.votes is 'Scores of the single votes, 0..1, where there were several';
comment on column judge_calls.spread is 'Standard deviation of the votes; NULL with fewer than two';
comment on column judge_calls.is_reused is 'Whether the verdict was given before on the same texts, and cost nothing';
comment on column judge_calls.drawn_probability is 'Probability with which the response was drawn, 0..1';
comment on column judge_calls.cost_usd is 'Cost as far as the server said, in US dollars; NULL: it did not say';
comment on column judge_calls.charged_tokens is 'Tokens that budgets count: the worst case where the server did not say';
comment on column judge_calls.charged_usd is 'US dollars that budgets count';
comment on column judge_calls.day is 'Day whose responses were judged';
comment on column judge_calls.paid_at is 'When it was recorded, UTC';
comment on column judge_calls.log_version is 'Log version that brought it';

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
comment on column failures.log_version is 'conversations.log_version that it was made from';

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
    exposure_halves json,
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
comment on column clusters.exposure_halves is 'Rules that each half of the users alone would give';
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

create table label_requests (
    request_id text not null,
    conversation_id text not null,
    turn_index integer,
    metrics json not null,
    stratum text not null,
    inclusion_probability double precision not null,
    random_number double precision not null,
    first_day date not null,
    last_day date not null,
    requested_by text not null,
    requested_at timestamp with time zone not null,
    log_version bigint not null
);
comment on table label_requests is 'One row per conversation or response that was drawn for annotators.';
comment on column label_requests.request_id is 'conversation_id, then # and the turn''s index where a response was drawn';
comment on column label_requests.conversation_id is 'Conversation';
comment on column label_requests.turn_index is 'The response; NULL: the conversation as a whole';
comment on column label_requests.metrics is 'What is asked: success of a conversation, metrics of a response';
comment on column label_requests.stratum is 'Why it was drawn as often as it was: disagree, poor, judged, unsure, failed or other';
comment on column label_requests.inclusion_probability is 'Probability of having been drawn by now, 0..1';
comment on column label_requests.random_number is 'Its permanent random number, 0..1: asked in the order of number / probability';
comment on column label_requests.first_day is 'First day that the draw was over';
comment on column label_requests.last_day is 'Last day that the draw was over';
comment on column label_requests.requested_by is 'Who drew it';
comment on column label_requests.requested_at is 'When, UTC';
comment on column label_requests.log_version is 'Log version that brought it';

create table labels (
    label_id text not null,
    request_id text not null,
    conversation_id text not null,
    turn_index integer,
    metric text not null,
    score double precision,
    unlabelled_reason text,
    annotator text not null,
    inclusion_probability double precision not null,
    labelled_at timestamp with time zone not null,
    log_version bigint not null
);
comment on table labels is 'One row per label: an annotator''s newest word on one metric of what was drawn.';
comment on column labels.label_id is 'request_id, metric and annotator, with / between';
comment on column labels.request_id is 'What was asked';
comment on column labels.conversation_id is 'Conversation';
comment on column labels.turn_index is 'The response; NULL: the conversation as a whole';
comment on column labels.metric is 'success, or the metric of a response';
comment on column labels.score is '0 (worst) to 1 (best); NULL: the annotator could not say';
comment on column labels.unlabelled_reason is 'Why there is no score';
comment on column labels.annotator is 'Who said so';
comment on column labels.inclusion_probability is 'Probability with which it had been drawn when it was labelled, 0..1';
comment on column labels.labelled_at is 'When, UTC';
comment on column labels.log_version is 'Log version that brought it';

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
comment on column runs.skipped_count is 'Events already there; of ingest, records of no conversation';
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

create view response_scores as
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
from working.given_scores;
comment on view response_scores is 'One row per response (assistant turn), metric and scorer.';
comment on column response_scores.conversation_id is 'Conversation';
comment on column response_scores.turn_index is 'The response';
comment on column response_scores.metric is 'accuracy, relevance, coherence, completeness, helpfulness, safety or efficiency';
comment on column response_scores.scorer is 'rule, judge or human';
comment on column response_scores.score is '0 (worst) to 1 (best); NULL: unscored';
comment on column response_scores.unscored_reason is 'Why there is no score';
comment on column response_scores.scorer_version is 'Version of the rule or of model and prompt';
comment on column response_scores.inclusion_probability is 'Probability with which the response was chosen, 0..1; 1 for rules';
comment on column response_scores.cost_usd is 'Cost of this score in US dollars; NULL for rules';

-- What: what the behaviour marts share: cluster-robust 90 % intervals and the sentiment of a text.
-- Grain: macros; the published warehouse carries them, since its views call them.
-- Units: rates 0..1, variances in the square of the value; sentiment −1 (bad) .. 1 (good).
-- NULLs: fewer than two users: no variance, so no interval; a mean of users all alike has none either. A text without letters: no sentiment.
-- Source: linearised variance of a ratio over clusters: Cochran 1977, ch. 6 and 9A; Wilson's interval with the effective
--   sample size and Student's t: Dean & Pacheco 2015; t by its expansion in 1/df: Abramowitz & Stegun 26.7.5.

-- The 95 % point of Student's t with one degree of freedom less than there are users: exact up to three, within 1 % above.
create or replace macro t_of(users) as
case users
    when 2 then 6.313752
    when 3 then 2.919986
    when 4 then 2.353363
    else 1.644854 + 1.523801 / nullif(users - 1, 0) + 1.420322 / nullif((users - 1) * (users - 1), 0)
end;

-- From sums over users of their values y and their numbers of conversations n: Σy, Σn, Σy², Σyn, Σn².
create or replace macro ratio_variance(y, n, yy, yn, nn, users) as
users / nullif(users - 1, 0) * greatest(yy - 2 * (y / n) * yn + (y / n) * (y / n) * nn, 0) / nullif(n * n, 0);

-- What a sample of independent conversations would hold: fewer than n where users differ, never more.
create or replace macro effective_count(rate, variance, n, nn) as
least(n, coalesce(rate * (1 - rate) / nullif(variance, 0), n * n / nullif(nn, 0)));

create or replace macro wilson_centre(rate, m, t) as (rate + t * t / (2 * m)) / (1 + t * t / m);

create or replace macro wilson_half(rate, m, t) as
t * sqrt(rate * (1 - rate) / m + t * t / (4 * m * m)) / (1 + t * t / m);

create or replace macro rate_low(rate, variance, n, nn, users) as
case
    when variance is not null then round(greatest(
        wilson_centre(rate, effective_count(rate, variance, n, nn), t_of(users))
        - wilson_half(rate, effective_count(rate, variance, n, nn), t_of(users)), 0
    ), 6)
end;

create or replace macro rate_high(rate, variance, n, nn, users) as
case
    when variance is not null then round(least(
        wilson_centre(rate, effective_count(rate, variance, n, nn), t_of(users))
        + wilson_half(rate, effective_count(rate, variance, n, nn), t_of(users)), 1
    ), 6)
end;

-- NULL where all users are alike: two of them would pass for certainty.
create or replace macro mean_low(average, variance, users, least_possible) as
if(variance > 0, round(greatest(average - t_of(users) * sqrt(variance), least_possible), 6), null);

create or replace macro mean_high(average, variance, users, most_possible) as
if(variance > 0, round(least(average + t_of(users) * sqrt(variance), most_possible), 6), null);

create or replace macro kind_words() as
'thanks|thank you|thx|great|perfect(ly)?|excellent|awesome|amazing|wonderful|fantastic|lovely|good|nice|helpful|helped'
|| '|love|loved|happy|glad|pleased|satisfied|works|worked|solved|fixed|sorted|appreciated?|cool|best|easy|quick(ly)?'
|| '|fast|friendly|polite|clear|brilliant|superb|enjoy(ed)?|impressed|resolved|correct|delighted|smooth(ly)?|fun';

create or replace macro harsh_words() as
'bad|terribl[ey]|horribl[ey]|awful|worse|worst|useless|wrong|incorrect|annoy(ed|ing|s)?|angry|furious|frustrat\w+|upset'
|| '|disappoint\w+|ridiculous|stupid|dumb|hate|poor(ly)?|slow(ly)?|broken|fail(s|ed|ing|ure)?|confus\w+|unclear'
|| '|unhelpful|wast(e|ed|ing)|nonsense|unacceptable|rude|boring|sucks?|crap|damn|wtf|sick of|fed up|pathetic|complain\w*'
|| '|impossible|misunderst\w+|weird|joke|nobody (answers|helps|cares)|(doesn''t|don''t|didn''t|not) (work|help|answer|understand)';

create or replace macro word_count(said, words) as len(regexp_extract_all(said, '\b(?:' || words || ')\b'));

create or replace macro negated_count(said, words) as
len(regexp_extract_all(said, '\b(?:not|no|never|nothing|hardly|without|\w+n''t)(?: \w+)? (?:' || words || ')\b'));

-- Words of the two lists, each counted on the other side after a negation, over their number plus one.
-- Most texts hold none of the words, which a search tells at a fraction of what counting costs.
create or replace macro sentiment_of(said) as
case
    when not regexp_matches(said, '\pL') then null
    when not regexp_matches(said, '\b(?:' || kind_words() || '|' || harsh_words() || ')\b') then 0.0::double
    else round((
        word_count(said, kind_words()) - word_count(said, harsh_words())
        - 2 * negated_count(said, kind_words()) + 2 * negated_count(said, harsh_words())
    ) / (word_count(said, kind_words()) + word_count(said, harsh_words()) + 1), 6)
end;

-- What: what is looked for in texts: things of a customer and their values (`context_losses`), words that tell (personas).
-- Grain: macros; the published warehouse carries them, since its views call them.
-- Units: said is a text in lower case; kinds are email, phone, number, name, address and date.
-- NULLs: a NULL text names nothing.
-- One search for any of them first: most texts name none, and six searches cost six times as much.
create or replace macro kinds_named(said) as case
    when regexp_matches(
        said,
        '\be-?mail\b|\b(tele)?phone number\b|\b(full|last|first|your|my) name\b'
        || '|\b(order|booking|reservation|confirmation|tracking|account|customer|member|policy|case|ticket|user)'
        || ' ?(number|id|code|no\b)|\b(street|shipping|billing|delivery|home|your|my) address\b|\bzip\b|\bpost(al )?code\b'
        || '|\b(what|which|exact|travel|departure|your|my) (date|day)\b|\bdate of birth\b'
    )
        then list_filter([
            if(regexp_matches(said, '\be-?mail( address)?\b'), 'email', null),
            if(regexp_matches(said, '\b(tele)?phone number\b'), 'phone', null),
            if(regexp_matches(
                said,
                '\b(order|booking|reservation|confirmation|tracking|account|customer|member|policy|case|ticket|user)'
                || ' ?(number|id|code|no\b)'
            ), 'number', null),
            if(regexp_matches(said, '\b(full|last|first|your|my) name\b'), 'name', null),
            if(regexp_matches(
                said, '\b(street|shipping|billing|delivery|home|your|my) address\b|\bzip\b|\bpost(al )?code\b'
            ), 'address', null),
            if(regexp_matches(
                said, '\b(what|which|exact|travel|departure|your|my) (date|day)\b|\bdate of birth\b'
            ), 'date', null)
        ], lambda kind: kind is not null)
    else []
end;

create or replace macro has_value_of(kind, said) as case kind
    when 'email' then regexp_matches(said, '<email|\w@\w')
    when 'phone' then regexp_matches(said, '<phone|\d[\d -]{6,}\d')
    when 'number' then regexp_matches(said, '\d{4,}|\b[a-z]+\d[a-z0-9]{2,}\b|\b\d+[a-z][a-z0-9]{2,}\b')
    when 'name' then regexp_matches(said, '\bname(''s| is)? \w+|<person|^\W*[a-z''-]+( [a-z''-]+){0,2}\W*$')
    when 'address' then regexp_matches(said, '<address|\d+ \w+|\b\d{5}\b')
    when 'date' then regexp_matches(said, '\b\d{1,2}(st|nd|rd|th)?\b|\b(mon|tues|wednes|thurs|fri|satur|sun)day\b')
    else false
end;

create or replace macro cue_count(opening, words) as len(regexp_extract_all(lower(opening), words));

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
-- Units: weight = 1 where every response was to be scored (rules), which then is the mean over those with a score; else the
--        sum of 1 / (inclusion probability × responses with text); weighted_score = weight × score, summed: their ratio
--        over many conversations is the mean score, 0..1.
-- NULLs: unscored responses are left out; turns that only call tools are no responses.
with responses as (
    select
        conversation_id,
        count(*) as response_count
    from turns
    where role = 'assistant' and regexp_matches(content, '[\pL\pN]')
    group by conversation_id
),

scored as (
    select
        scores.conversation_id,
        conversations.day,
        conversations.week,
        scores.metric,
        scores.scorer,
        scores.score,
        scores.inclusion_probability * case
            when scores.scorer = 'rule'
                then count(*) over (partition by scores.conversation_id, scores.metric, scores.scorer)
            else responses.response_count
        end as share
    from response_scores as scores
    inner join production_conversations as conversations
        on scores.conversation_id = conversations.conversation_id
    left join responses
        on scores.conversation_id = responses.conversation_id
    where
        scores.score is not null
        and scores.inclusion_probability > 0
),

final as (
    select
        conversation_id,
        day,
        week,
        metric,
        scorer,
        count(*) as scored_count,
        round(sum(score / share), 9) as weighted_score,
        round(sum(1 / share), 9) as weight
    from scored
    where share > 0
    group by conversation_id, day, week, metric, scorer
)

select * from final;

create or replace view safety_findings as
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
where safety_finding is not null;

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

create or replace view judged_responses as
-- What: the responses that the judge was asked about, each with what it stands for.
-- Grain: one row per response of a sample and metric, in closed production conversations; week of the day judged.
-- Units: weight = 1 / (inclusion probability × responses with text of the conversation); scores 0..1; US dollars.
-- NULLs: score NULL: unscored, with its reason. cell NULL: the stratum has fewer than 5 scored responses in the week, or
--        is not known; such strata are one.
with counts as (
    select
        conversation_id,
        count(*) as response_count
    from turns
    where role = 'assistant' and regexp_matches(content, '[\pL\pN]')
    group by conversation_id
),

-- A turn whose time was revised may be in the samples of two days.
drawn as (
    select *
    from judge_samples
    qualify row_number() over (partition by conversation_id, turn_index order by day desc) = 1
),

judged as (
    select
        strftime(samples.day, '%G-W%V') as week,
        samples.day,
        scores.metric,
        scores.scorer_version,
        scores.conversation_id,
        scores.turn_index,
        scores.score,
        scores.unscored_reason,
        1 / (scores.inclusion_probability * counts.response_count) as weight,
        scores.cost_usd,
        samples.stratum
    from response_scores as scores
    inner join drawn as samples
        on scores.conversation_id = samples.conversation_id and scores.turn_index = samples.turn_index
    inner join production_conversations as conversations
        on scores.conversation_id = conversations.conversation_id
    inner join counts on scores.conversation_id = counts.conversation_id
    where scores.scorer = 'judge' and scores.inclusion_probability > 0
),

final as (
    select
        week,
        day,
        metric,
        scorer_version,
        conversation_id,
        turn_index,
        score,
        unscored_reason,
        weight,
        stratum,
        case when count(score) over (partition by week, metric, stratum) >= 5 then stratum end as cell,
        cost_usd
    from judged
)

select * from final;

create or replace view judge_means as
-- What: each week's mean score by the judge over all responses, from a sample; `judge_quality` rounds and corrects it.
-- Grain: one row per week of the day judged (team's time zone) and metric with a judged response.
-- Units: as `judge_quality`; margin: half of the 90 % interval. Rule: judge.estimating.judge_rate.
-- NULLs: score: nothing was scored; margin (t; 3 / effective conversations where all are alike): fewer than two conversations.
with asked as (
    select distinct
        week,
        metric
    from judged_responses
),

known as (
    select distinct
        week,
        metric,
        stratum,
        cell
    from judged_responses
),

sizes as (
    select
        asked.week,
        asked.metric,
        known.cell,
        sum(strata.conversation_weight) as size
    from asked
    inner join judge_strata as strata on asked.week = strftime(strata.day, '%G-W%V')
    left join known
        on asked.week = known.week and asked.metric = known.metric and strata.stratum = known.stratum
    group by asked.week, asked.metric, known.cell
),

means as (
    select
        week,
        metric,
        cell,
        sum(weight) filter (where score is not null) as weight,
        sum(score * weight) / sum(weight) filter (where score is not null) as mean,
        coalesce(sum(score * weight), 0) / sum(weight) as mean_bad,
        sum(coalesce(score, 1) * weight) / sum(weight) as mean_good
    from judged_responses
    group by week, metric, cell
),

shares as (
    select
        means.*,
        coalesce(sizes.size, 1) / sum(coalesce(sizes.size, 1)) over one_week as share_all,
        coalesce(sizes.size, 1)
        / nullif(sum(coalesce(sizes.size, 1)) filter (where means.mean is not null) over one_week, 0) as share
    from means
    left join sizes
        on means.week = sizes.week and means.metric = sizes.metric and means.cell is not distinct from sizes.cell
    window one_week as (partition by means.week, means.metric)
),

residuals as (
    select
        judged.week,
        judged.metric,
        judged.conversation_id,
        sum(shares.share * judged.weight * (judged.score - shares.mean) / shares.weight) as residual,
        sum(shares.share * judged.weight / shares.weight) as part
    from judged_responses as judged
    inner join shares
        on judged.week = shares.week and judged.metric = shares.metric and judged.cell is not distinct from shares.cell
    where judged.score is not null
    group by judged.week, judged.metric, judged.conversation_id
),

errors as (
    select
        week,
        metric,
        case
            when count(*) > 1 and sum(residual * residual) * count(*) / (count(*) - 1) < 1e-18
                then 3 * sum(part * part)
            else t_of(count(*)) * sqrt(sum(residual * residual) * count(*) / nullif(count(*) - 1, 0))
        end as margin
    from residuals
    group by week, metric
),

scores as (
    select
        week,
        metric,
        sum(share * mean) as score,
        sum(share_all * mean_bad) as score_if_unscored_bad,
        sum(share_all * mean_good) as score_if_unscored_good
    from shares
    group by week, metric
),

totals as (
    select
        week,
        metric,
        count(score) as scored_count,
        count(*) - count(score) as unscored_count,
        round(coalesce(sum(cost_usd), 0), 6) as cost_usd
    from judged_responses
    group by week, metric
),

final as (
    select
        totals.*,
        scores.score,
        errors.margin,
        scores.score_if_unscored_bad,
        scores.score_if_unscored_good
    from totals
    left join scores on totals.week = scores.week and totals.metric = scores.metric
    left join errors on totals.week = errors.week and totals.metric = errors.metric
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

create or replace view prediction_record as
-- What: what each shipped fix was predicted to do for the conversations it touches, and what it did.
-- Grain: one row per suggestion and metric measured to the end of its horizon, by its newest such measurement.
-- Units: points of the metric on the exposed, −1..1, with 90 % intervals; error = measured minus predicted; gap: as frozen;
--        closed_share: part of it that was closed, below 0 where it widened.
-- NULLs: predicted and what rests on it where none was frozen; its interval where the prediction had none; closed_share
--        without a gap.
with frozen as (
    select
        suggestion_id,
        prediction
    from decisions
    where decision = 'accepted' and prediction is not null
    qualify row_number() over (partition by suggestion_id order by log_version desc, decision_id desc) = 1
),

measured as (
    select *
    from effects
    where effect is not null and ends_with(method, 'final')
    qualify row_number() over (partition by suggestion_id, metric order by measured_at desc, effect_id desc) = 1
),

told as (
    select
        measured.suggestion_id,
        suggestions.category,
        suggestions.title,
        measured.metric,
        measured.measured_at,
        measured.verdict,
        measured.effect,
        measured.effect_low,
        measured.effect_high,
        measured.predicted,
        cast(frozen.prediction ->> '$.impact_low' as double)
        / nullif(cast(frozen.prediction ->> '$.reach' as double), 0) as predicted_low,
        cast(frozen.prediction ->> '$.impact_high' as double)
        / nullif(cast(frozen.prediction ->> '$.reach' as double), 0) as predicted_high,
        cast(frozen.prediction ->> '$.gap' as double) as gap
    from measured
    inner join suggestions on measured.suggestion_id = suggestions.suggestion_id
    left join frozen on measured.suggestion_id = frozen.suggestion_id
),

final as (
    select
        suggestion_id,
        category,
        title,
        metric,
        measured_at,
        verdict,
        predicted,
        round(predicted_low, 6) as predicted_low,
        round(predicted_high, 6) as predicted_high,
        effect,
        effect_low,
        effect_high,
        round(effect - predicted, 6) as error,
        round(
            effect - predicted - sqrt(pow(effect - effect_low, 2) + pow(predicted_high - predicted, 2)), 6
        ) as error_low,
        round(
            effect - predicted + sqrt(pow(effect_high - effect, 2) + pow(predicted - predicted_low, 2)), 6
        ) as error_high,
        error_low <= 0 and error_high >= 0 as is_as_predicted,
        gap,
        round(effect / nullif(gap, 0), 6) as closed_share
    from told
)

select * from final;

create or replace view prediction_accuracy as
-- What: how well predictions held, over all fixes that were measured to the end, and by category.
-- Grain: one row per category and metric, and one for all of them together, whose category is 'all'.
-- Units: points of the metric on the exposed, −1..1; mean_error = measured minus predicted, with its 90 % interval (Student's t
--        over fixes); as_predicted_count: fixes whose error's interval holds 0, of which 90 % should.
-- NULLs: the interval with fewer than two fixes or where their errors are all alike.
with chosen as (
    select
        category,
        metric,
        predicted,
        effect,
        error,
        is_as_predicted,
        closed_share
    from prediction_record
    where predicted is not null
    union all by name
    select
        'all' as category,
        metric,
        predicted,
        effect,
        error,
        is_as_predicted,
        closed_share
    from prediction_record
    where predicted is not null
),

final as (
    select
        category,
        metric,
        count(*) as fix_count,
        round(avg(predicted), 6) as mean_predicted,
        round(avg(effect), 6) as mean_effect,
        round(avg(error), 6) as mean_error,
        mean_low(avg(error), var_samp(error) / count(*), count(*), -2) as mean_error_low,
        mean_high(avg(error), var_samp(error) / count(*), count(*), 2) as mean_error_high,
        count(is_as_predicted) as judged_count,
        count(*) filter (where is_as_predicted) as as_predicted_count,
        round(avg(closed_share), 6) as mean_closed_share
    from chosen
    group by category, metric
)

select * from final;

create or replace view labelled_scores as
-- What: every score of the conversations that labels were drawn from, beside what annotators said where they did.
-- Grain: one row per conversation or response, metric and scorer with a score.
-- Units: score and label 0..1 (label: mean over annotators). weight: what the score stands for, each conversation
--        counting once; label_weight: what the label stands for, weight / the label's inclusion probability.
-- NULLs: label and label_weight NULL: not labelled, or the annotator could not say. turn_index NULL: success of the
--        whole, whose scorer is the failure model (1 − failure probability). Volunteered feedback is never a label.
with windows as (
    select distinct
        first_day,
        last_day
    from label_requests
),

population as (
    select
        conversation_id,
        day,
        coalesce(user_key, conversation_id) as unit
    from production_conversations
    where exists (
        select 1
        from windows
        where production_conversations.day between windows.first_day and windows.last_day
    )
),

answers as (
    select
        turns.conversation_id,
        count(*) as response_count
    from turns
    semi join population
        on turns.conversation_id = population.conversation_id
    where turns.role = 'assistant' and regexp_matches(turns.content, '[\pL\pN]')
    group by turns.conversation_id
),

scores as (
    select
        scores.conversation_id,
        scores.turn_index,
        scores.metric,
        scores.scorer,
        scores.scorer_version,
        scores.score,
        1 / nullif(
            scores.inclusion_probability * case
                when scores.scorer = 'rule'
                    then count(*) over (partition by scores.conversation_id, scores.metric, scores.scorer_version)
                else answers.response_count
            end, 0
        ) as weight
    from response_scores as scores
    inner join answers on scores.conversation_id = answers.conversation_id
    where scores.score is not null and scores.scorer <> 'human'
    union all
    select
        failures.conversation_id,
        cast(null as integer) as turn_index,
        'success' as metric,
        'failure model' as scorer,
        failures.model_version as scorer_version,
        1 - failures.failure_probability as score,
        1.0 as weight
    from failures
),

said as (
    select
        labels.request_id,
        labels.metric,
        requests.inclusion_probability,
        round(sum(labels.score) / count(labels.score), 9) as label
    from labels
    inner join label_requests as requests on labels.request_id = requests.request_id
    where labels.score is not null
    group by labels.request_id, labels.metric, requests.inclusion_probability
),

final as (
    select
        scores.conversation_id,
        scores.turn_index,
        scores.metric,
        scores.scorer,
        scores.scorer_version,
        population.day,
        population.unit,
        scores.score,
        scores.weight,
        said.label,
        scores.weight / said.inclusion_probability as label_weight
    from scores
    inner join population on scores.conversation_id = population.conversation_id
    left join said
        on concat_ws('#', scores.conversation_id, scores.turn_index) = said.request_id and scores.metric = said.metric
    where scores.weight > 0
)

select * from final;

create or replace view score_bias as
-- What: how far each scorer is from annotators on average, so that a rate of any week can be corrected by it.
-- Grain: one row per metric, scorer and version of it with a label drawn at random.
-- Units: bias = what annotators say minus what the scorer says, −1..1, each conversation counting once; variance is of that
--        mean, over users; critical: the 95 % point of Student's t; label_count: labels; user_count: users with a label.
-- NULLs: variance with fewer than 5 labelled users.
-- Method: as upturn.calibration.correction.corrected_mean with power 1: the same residuals, leverage and rule of three.
with means as (
    select
        metric,
        scorer,
        scorer_version,
        count(*) as label_count,
        sum(label_weight) as label_total,
        sum(label_weight * label_weight) as label_squares,
        sum(label_weight * (label - score)) / sum(label_weight) as bias
    from labelled_scores
    where label is not null
    group by metric, scorer, scorer_version
),

units as (
    select
        scores.metric,
        scores.scorer,
        scores.scorer_version,
        sum(scores.label_weight * (scores.label - scores.score - means.bias) / means.label_total) as residual,
        sum(scores.label_weight / means.label_total) as share
    from labelled_scores as scores
    inner join means using (metric, scorer, scorer_version)
    where scores.label is not null
    group by scores.metric, scores.scorer, scores.scorer_version, scores.unit
),

sums as (
    select
        metric,
        scorer,
        scorer_version,
        count(*) as user_count,
        t_of(count(*)) as critical,
        sum(pow(residual / greatest(0.1, 1 - share), 2)) as variance
    from units
    group by metric, scorer, scorer_version
),

final as (
    select
        sums.metric,
        sums.scorer,
        sums.scorer_version,
        means.label_count,
        sums.user_count,
        round(means.bias, 9) as bias,
        case
            when sums.user_count < 5 then null
            when sums.variance < 1e-15
                then pow(3 * means.label_squares / (means.label_total * means.label_total) / sums.critical, 2)
            else sums.variance
        end as variance,
        sums.critical
    from sums
    inner join means using (metric, scorer, scorer_version)
)

select * from final;

create or replace view judge_quality as
-- What: each week's quality by the judge: a mean over all responses from a sample of them, with its 90 % interval.
-- Grain: one row per week of the day judged (team's time zone) and metric with a judged response.
-- Units: scores 0..1, each conversation counting once; score_if_unscored_bad and _good: if the unscored deserved 0, or 1.
--        corrected: the score and how far labels say the judge is off, whatever week they are of (`score_bias`).
-- NULLs: corrected where a version of the judge has no label, its interval with fewer than 5 labelled users; score where
--        nothing was scored, its interval with fewer than two conversations.
with versions as (
    select
        week,
        metric,
        scorer_version,
        sum(weight) / sum(sum(weight)) over (partition by week, metric) as share
    from judged_responses
    where score is not null
    group by week, metric, scorer_version
),

biases as (
    select
        versions.week,
        versions.metric,
        case when count(*) = count(score_bias.bias) then sum(versions.share * score_bias.bias) end as bias,
        case
            when count(*) = count(score_bias.variance)
                then sum(pow(versions.share * score_bias.critical, 2) * score_bias.variance)
        end as square
    from versions
    left join score_bias
        on
            versions.metric = score_bias.metric
            and versions.scorer_version = score_bias.scorer_version
            and score_bias.scorer = 'judge'
    group by versions.week, versions.metric
),

final as (
    select
        means.week,
        means.metric,
        round(means.score, 6) as score,
        if(means.margin is null, null, round(greatest(0, means.score - means.margin), 6)) as score_low,
        if(means.margin is null, null, round(least(1, means.score + means.margin), 6)) as score_high,
        round(means.score_if_unscored_bad, 6) as score_if_unscored_bad,
        round(means.score_if_unscored_good, 6) as score_if_unscored_good,
        means.scored_count,
        means.unscored_count,
        means.cost_usd,
        round(least(1, greatest(0, means.score + biases.bias)), 6) as corrected,
        round(means.score + biases.bias - sqrt(means.margin * means.margin + biases.square), 6) as low,
        round(means.score + biases.bias + sqrt(means.margin * means.margin + biases.square), 6) as high,
        if(low is null, null, greatest(0, low)) as corrected_low,
        if(high is null, null, least(1, high)) as corrected_high
    from judge_means as means
    left join biases on means.week = biases.week and means.metric = biases.metric
)

select * exclude (low, high) from final;

create or replace view score_agreement as
-- What: how far each scorer agrees with annotators.
-- Grain: one row per metric, scorer and version of it with a label.
-- Units: good is .5 and above, for label and score; agreement 0..1, kappa −1..1 (Cohen) and bias (score − label) are
--        weighted, so that they speak for all responses; spearman and the four counts are of the labelled ones.
-- NULLs: kappa where both call all of them good, or all bad; spearman with one label, or where either never varies.
-- Method: as upturn.calibration.agreement, which names its sources; a test holds them together.
with labelled as (
    select
        metric,
        scorer,
        scorer_version,
        score,
        label,
        label_weight as weight,
        score >= 0.5 as is_scored_good,
        label >= 0.5 as is_labelled_good,
        rank() over by_score + (count(*) over same_score - 1) / 2 as score_rank,
        rank() over by_label + (count(*) over same_label - 1) / 2 as label_rank
    from labelled_scores
    where label is not null
    window
        by_score as (partition by metric, scorer, scorer_version order by score),
        by_label as (partition by metric, scorer, scorer_version order by label),
        same_score as (partition by metric, scorer, scorer_version, score),
        same_label as (partition by metric, scorer, scorer_version, label)
),

sums as (
    select
        metric,
        scorer,
        scorer_version,
        sum(weight) as total,
        sum(weight) filter (where is_scored_good = is_labelled_good) as agreeing,
        coalesce(sum(weight) filter (where is_scored_good), 0) as scored_good,
        coalesce(sum(weight) filter (where is_labelled_good), 0) as labelled_good,
        sum(weight * (score - label)) as excess,
        count(*) filter (where is_scored_good and is_labelled_good) as both_good_count,
        count(*) filter (where not is_scored_good and not is_labelled_good) as both_bad_count,
        count(*) filter (where is_scored_good and not is_labelled_good) as too_kind_count,
        count(*) filter (where not is_scored_good and is_labelled_good) as too_harsh_count,
        case
            when min(score_rank) < max(score_rank) and min(label_rank) < max(label_rank)
                then corr(score_rank, label_rank)
        end as spearman
    from labelled
    group by metric, scorer, scorer_version
),

shares as (
    select
        *,
        coalesce(agreeing, 0) / total as agreement,
        (labelled_good * scored_good + (total - labelled_good) * (total - scored_good)) / (total * total) as expected
    from sums
),

final as (
    select
        metric,
        scorer,
        scorer_version,
        round(agreement, 6) as agreement,
        round(case when expected < 1 - 1e-12 then (agreement - expected) / (1 - expected) end, 6) as kappa,
        round(spearman, 6) as spearman,
        round(excess / total, 6) as bias,
        both_good_count,
        both_bad_count,
        too_kind_count,
        too_harsh_count
    from shares
)

select * from final;

create or replace view corrected_scores as
-- What: each scorer's mean score, and what it is once labels have corrected it, with its 90 % interval.
-- Grain: one row per metric, scorer and version of it with a score in the population that labels were drawn from.
-- Units: 0..1; power 0..1: how far the scores are trusted; labels_to_halve: labels more that would halve the interval.
-- NULLs: corrected NULL without labels; its interval with fewer than 5 labelled users; labels_to_halve also where
--        labelling all of the population would not do.
-- Method: as upturn.calibration.correction.corrected_mean, which names its sources; a test holds them together.
with means as (
    select
        metric,
        scorer,
        scorer_version,
        count(*) as scored_count,
        count(label) as label_count,
        sum(weight) as score_total,
        sum(weight * score) / sum(weight) as mean_score,
        sum(label_weight) as label_total,
        sum(label_weight * label_weight) as label_squares,
        sum(label_weight * score) / sum(label_weight) as labelled_mean_score,
        sum(label_weight * label) / sum(label_weight) as mean_label
    from labelled_scores
    group by metric, scorer, scorer_version
),

units as (
    select
        scores.metric,
        scores.scorer,
        scores.scorer_version,
        sum(scores.weight * (scores.score - means.mean_score) / means.score_total) as p,
        coalesce(sum(scores.label_weight * (scores.label - means.mean_label) / means.label_total), 0) as y,
        coalesce(sum(scores.label_weight * (scores.score - means.labelled_mean_score) / means.label_total), 0) as f,
        coalesce(sum(scores.label_weight / means.label_total), 0) as share
    from labelled_scores as scores
    inner join means using (metric, scorer, scorer_version)
    group by scores.metric, scores.scorer, scores.scorer_version, scores.unit
),

tuned as (
    select
        *,
        sum((p - f) * (p - f)) over one as spread,
        count(*) filter (where share > 0) over one as unit_count,
        case when spread > 1e-15 then least(1, greatest(0, -sum((p - f) * y) over one / spread)) else 0 end as power
    from units
    window one as (partition by metric, scorer, scorer_version)
),

levered as (
    select
        *,
        greatest(0.1, 1 - share - case when spread > 1e-15 then (p - f) * (p - f) / spread else 0 end) as remainder
    from tuned
),

sums as (
    select
        metric,
        scorer,
        scorer_version,
        power,
        unit_count,
        1.644854 + 1.523862 / nullif(unit_count - 1, 0) + 1.420212 / nullif((unit_count - 1) ** 2, 0) as critical,
        sum((power * p + (y - power * f) / remainder) ** 2) as variance,
        sum(p * p) as pp,
        sum((y / remainder) ** 2) as yy,
        sum(y * f / (remainder * remainder)) as yf,
        sum((f / remainder) ** 2) as ff
    from levered
    group by metric, scorer, scorer_version, power, unit_count
),

floored as (
    select
        sums.*,
        means.* exclude (metric, scorer, scorer_version),
        case
            when yy - 2 * power * yf + power * power * ff < 1e-15
                then (3 * label_squares / (label_total * label_total) / critical) ** 2
            else 0
        end as least_variance,
        power * (mean_score - labelled_mean_score) + mean_label as corrected,
        case when unit_count >= 5 then critical * sqrt(variance + least_variance) end as half
    from sums
    inner join means using (metric, scorer, scorer_version)
),

final as (
    select
        metric,
        scorer,
        scorer_version,
        scored_count,
        label_count,
        round(mean_score, 6) as mean_score,
        round(corrected, 6) as corrected,
        case when half is not null then round(greatest(0, corrected - half), 6) end as corrected_low,
        case when half is not null then round(least(1, corrected + half), 6) end as corrected_high,
        case when label_count > 0 then round(power, 6) end as power,
        case
            when half is not null
                then list_min(list_transform(range(21), lambda step: (
                    label_count * (yy - step / 10 * yf + step * step / 400 * ff + least_variance)
                    / case
                        when (variance + least_variance) / 4 > step * step / 400 * pp
                            then (variance + least_variance) / 4 - step * step / 400 * pp
                    end
                )))
        end as needed,
        case when needed <= scored_count then greatest(0, ceil(needed - 1e-9) - label_count)::bigint
        end as labels_to_halve
    from floored
)

select * exclude (needed) from final;

create or replace view calibration as
-- What: how far each scorer is from people, and its mean score corrected by their labels.
-- Grain: one row per metric, scorer and version of it with a score in the population that labels were drawn from.
-- Units: scores, agreement 0..1; kappa, spearman, bias (score − label), bias_change −1..1; days of the team's zone.
-- NULLs: agreement and what follows it NULL without labels; bias_change: the bias minus that of the version before (by
--        its first day), NULL for the first.
with days as (
    select
        metric,
        scorer,
        scorer_version,
        min(day) as first_day,
        max(day) as last_day
    from labelled_scores
    group by metric, scorer, scorer_version
),

final as (
    select
        corrected.metric,
        corrected.scorer,
        corrected.scorer_version,
        days.first_day,
        days.last_day,
        corrected.scored_count,
        corrected.label_count,
        agreed.agreement,
        agreed.kappa,
        agreed.spearman,
        agreed.bias,
        round(agreed.bias - lag(agreed.bias) over by_version, 6) as bias_change,
        agreed.both_good_count,
        agreed.both_bad_count,
        agreed.too_kind_count,
        agreed.too_harsh_count,
        corrected.mean_score,
        corrected.corrected,
        corrected.corrected_low,
        corrected.corrected_high,
        corrected.power,
        corrected.labels_to_halve
    from corrected_scores as corrected
    inner join days using (metric, scorer, scorer_version)
    left join score_agreement as agreed using (metric, scorer, scorer_version)
    window by_version as (
        partition by corrected.metric, corrected.scorer
        order by days.first_day, corrected.scorer_version
    )
)

select * from final;

create or replace view disagreements as
-- What: where a scorer and the annotators are far apart, so that somebody can look.
-- Grain: one row per labelled conversation or response, metric and scorer, at least .4 apart.
-- Units: score, label 0..1; difference = score − label.
-- NULLs: turn_index NULL: the conversation as a whole.
select
    conversation_id,
    turn_index,
    metric,
    scorer,
    scorer_version,
    score,
    label,
    round(score - label, 6) as difference
from labelled_scores
where abs(score - label) >= 0.4 - 1e-9;

create or replace view completeness as
-- What: whether each day is whole: what ingest said arrived, and what validation let through.
-- Grain: one row per day on which ingest ran, its newest run.
-- Units: counts of sources, records (skipped: of no conversation) and conversations of that day's start.
-- NULLs: sources_arrived and sources_expected are NULL where the run noted none.
with ingests as (
    select
        day,
        read_count,
        skipped_count,
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
        ingests.skipped_count,
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

create or replace view turn_taking as
-- What: how user and assistant take turns, and how long answers took, per conversation.
-- Grain: one row per closed production conversation with a turn of user, assistant or human agent.
-- Units: milliseconds, characters, counts of turns.
-- NULLs: a time or latency that nobody measured; sums of nothing are NULL, counts 0.
-- Column conversation_id: the conversation.
-- Column user_count: messages of the user.
-- Column consecutive_user_count: those that follow another message of the user without an answer between.
-- Column user_gap_count: messages of the user after an answer, where the log has times.
-- Column user_gap_ms: time from an answer to the user's next message, summed over them.
-- Column user_chars: characters that the user wrote.
-- Column assistant_chars: characters that the assistant wrote.
-- Column response_count: answers with a measured latency.
-- Column response_ms: their latencies, summed.
-- Column first_response_ms: latency of the first turn of the assistant.
-- Column error_count: turns with an error, tools included.
-- Column agent_count: messages of a human agent.
with spoken as (
    select
        turns.conversation_id,
        turns.turn_index,
        turns.role,
        turns.occurred_at,
        turns.error_type,
        cast(round(turns.latency_ms) as bigint) as latency_ms,
        length(coalesce(turns.content, '')) as chars,
        turns.role = 'assistant' and coalesce(turns.content, '') = '' as is_silent
    from turns
    inner join production_conversations as conversations
        on turns.conversation_id = conversations.conversation_id
    where turns.role <> 'system'
),

neighbours as (
    select
        conversation_id,
        role,
        occurred_at,
        lag(role) over earlier as role_before,
        lag(occurred_at) over earlier as occurred_before
    from spoken
    where
        role <> 'tool'
        and not is_silent
    window earlier as (partition by conversation_id order by turn_index asc)
),

gaps as (
    select
        conversation_id,
        count(*) filter (where role_before = 'user') as consecutive_user_count,
        count(*) filter (where role_before <> 'user' and occurred_at > occurred_before) as user_gap_count,
        sum(date_diff('millisecond', occurred_before, occurred_at)) filter (
            where role_before <> 'user' and occurred_at > occurred_before
        ) as user_gap_ms
    from neighbours
    where role = 'user'
    group by conversation_id
),

totals as (
    select
        conversation_id,
        count(*) filter (where role = 'user') as user_count,
        sum(chars) filter (where role = 'user') as user_chars,
        sum(chars) filter (where role = 'assistant') as assistant_chars,
        count(latency_ms) filter (where role = 'assistant') as response_count,
        sum(latency_ms) filter (where role = 'assistant') as response_ms,
        arg_min_null(latency_ms, turn_index) filter (where role = 'assistant') as first_response_ms,
        count(error_type) as error_count,
        count(*) filter (where role = 'agent') as agent_count
    from spoken
    group by conversation_id
),

final as (
    select
        totals.conversation_id,
        totals.user_count,
        coalesce(gaps.consecutive_user_count, 0) as consecutive_user_count,
        coalesce(gaps.user_gap_count, 0) as user_gap_count,
        gaps.user_gap_ms,
        totals.* exclude (conversation_id, user_count)
    from totals
    left join gaps
        on totals.conversation_id = gaps.conversation_id
)

select * from final;

create or replace view message_sentiment as
-- What: how each message of a user sounds, by two word lists with negation (English).
-- Grain: one row per user message with letters, of closed production conversations.
-- Units: sentiment −1 (bad) .. 1 (good); 0: none of the words.
-- NULLs: none: messages without letters are left out.
-- Column conversation_id: the conversation.
-- Column turn_index: the message.
-- Column message_number: its place among the user's messages with letters, from 1.
-- Column sentiment: words of praise minus words of anger over their number plus one; see docs/reference/behaviour.md.
with final as (
    select
        turns.conversation_id,
        turns.turn_index,
        row_number() over (partition by turns.conversation_id order by turns.turn_index) as message_number,
        sentiment_of(lower(left(turns.content, 2000))) as sentiment
    from turns
    inner join production_conversations as conversations
        on turns.conversation_id = conversations.conversation_id
    where
        turns.role = 'user'
        and regexp_matches(turns.content, '\pL')
)

select * from final;

create or replace view context_losses as
-- What: the assistant asks again for what the user had given: an e-mail address, a number, a name, an address, a date.
-- Grain: one row per closed production conversation and kind of thing that was asked for again.
-- Units: turn_index counts from 0.
-- Given: the user names the thing with a value, or answers a question for it with a value. Not counted: a question that
--   says that what was given did not fit ("not found", "invalid"), or that comes after the user named another one.
-- NULLs: none; English only.
-- Column conversation_id: the conversation.
-- Column kind: email, phone, number, name, address or date.
-- Column given_turn_index: where the user gave it first.
-- Column turn_index: where the assistant asked for it again, the first time.
with spoken as (
    select
        turns.conversation_id,
        turns.turn_index,
        turns.role,
        lower(left(turns.content, 2000)) as said
    from turns
    inner join production_conversations as conversations
        on turns.conversation_id = conversations.conversation_id
    where
        turns.role in ('user', 'assistant')
        and coalesce(turns.content, '') <> ''
),

asked as (
    select
        conversation_id,
        turn_index,
        kinds_named(said) as kinds
    from spoken
    where
        role = 'assistant'
        and regexp_matches(
            said,
            '\b(what(''s| is| are)?|which|could you|can you|would you|please|may i have|i (will )?need)\b'
            || '[^.?!]{0,80}\b(provide|give|share|tell|enter|send|have|know|number|id|code|name|address|e-?mail|date|day)\b'
        )
        and not regexp_matches(
            said,
            '\b(confirm|verif\w+|correct|invalid|not found|couldn''t find|could not find|unable to (find|locate)|match'
            || '|another|different|instead|new)\b'
        )
),

-- Conversations in which nothing is asked for lose nothing, and most are such.
asking as (
    from asked
    where len(kinds) > 0
),

told as (
    select
        spoken.*,
        lag(coalesce(asked.kinds, []), 1, []) over (
            partition by spoken.conversation_id
            order by spoken.turn_index asc
        ) as asked_before
    from spoken
    semi join asking on spoken.conversation_id = asking.conversation_id
    left join asked
        on
            spoken.conversation_id = asked.conversation_id
            and spoken.turn_index = asked.turn_index
),

given as (
    select
        conversation_id,
        turn_index,
        unnest(list_distinct(list_filter(
            list_concat(kinds_named(said), asked_before), lambda kind: has_value_of(kind, said)
        ))) as kind
    from told
    where
        role = 'user'
        and not regexp_matches(said, '\b(don''t|do not|can''t|cannot) (have|know|remember|find)\b')
),

first_given as (
    select
        conversation_id,
        kind,
        min(turn_index) as given_turn_index
    from given
    group by conversation_id, kind
),

asks as (
    select
        conversation_id,
        turn_index,
        unnest(kinds) as kind
    from asked
),

final as (
    select
        asks.conversation_id,
        asks.kind,
        first_given.given_turn_index,
        min(asks.turn_index) as turn_index
    from asks
    inner join first_given
        on
            asks.conversation_id = first_given.conversation_id
            and asks.kind = first_given.kind
            and asks.turn_index > first_given.given_turn_index
    where not exists (
        from told
        where
            told.conversation_id = asks.conversation_id
            and told.role = 'user'
            and told.turn_index > first_given.given_turn_index
            and told.turn_index < asks.turn_index
            and regexp_matches(told.said, '\b(another|other|different|second|wrong|mistake|sorry)\b')
    )
    group by asks.conversation_id, asks.kind, first_given.given_turn_index
)

select * from final;

create or replace view conversation_personas as
-- What: the kind of user of each conversation: as the log says, else as the user's first message suggests.
-- Grain: one row per closed production conversation.
-- Units: persona_confidence 0..1: 1 where the log says; a guess has 0.6, or 0.8 from two cues on: a convention, not measured.
-- Only the first message is read: what the assistant does later can't make somebody "frustrated". English only.
-- NULLs: persona and confidence where nothing tells: the reason says why.
-- Column conversation_id: the conversation.
-- Column persona: as the log says, else novice, expert, frustrated, curious, business or technical.
-- Column persona_confidence: how sure that is.
-- Column reason: said by the log; words of the first message; no words that tell; several fit alike; no message.
with openings as (
    select
        turns.conversation_id,
        arg_min(left(turns.content, 2000), turns.turn_index) as opening
    from turns
    inner join production_conversations as conversations
        on turns.conversation_id = conversations.conversation_id
    where
        conversations.persona is null
        and turns.role = 'user'
        and regexp_matches(turns.content, '\pL')
    group by turns.conversation_id
),

cues as (
    select
        conversation_id,
        [
            { 'persona': 'novice', 'count': cue_count(
                opening, 'not (so |very )?good (with|at) this|(don''t|do not) know (where|how|what|which)|not sure|no idea|stupid question'
                || '|(explain|go) .{0,20}(slowly|step by step)|what should i (press|click)|sorry to bother|hope i am right here'
                || '|new to (this|all this)|first time|beginner|not (very )?technical'
            ) },
            { 'persona': 'expert', 'count': cue_count(opening, '^re:|\basap\b|\bthx\b|\btia\b|\bref [a-z]?\d+|in short\b|short one\b|\bfyi\b') },
            { 'persona': 'frustrated', 'count': cue_count(
                opening, 'annoy(ed|ing)|(second|third|fourth) (attempt|time)|\d+(st|nd|rd|th) time|(have|''ve) (been )?wait(ed|ing)'
                || '|unacceptable|ridiculous|a joke|(nobody|no one) (answers|helps|cares)|^seriously|^honestly|^listen|^ok so|^again'
                || '|[!?]{2}|useless|fed up|sick of|worst|(now|today|finally)!'
            ) + cast(regexp_matches(opening, '\p{Lu}{3}') and not regexp_matches(opening, '\p{Ll}') as int) },
            { 'persona': 'curious', 'count': cue_count(
                opening, 'wonder(ing)?\b|out of curiosity|curious|(would|''d) like to (understand|learn)|also like to know'
                || '|why is that|how does (it|that|this) work|how that works in general|who decides'
            ) },
            { 'persona': 'business', 'count': cue_count(
                opening, '\bour (company|office|team|firm|business|staff|account|clients?)\b|cost cent(re|er)|(kind|best) regards'
                || '|\bregards,|dear (team|sir|madam)|to whom it may concern|please advise|thank you in advance|employees|purchase order'
                || '|on behalf of|the team in'
            ) },
            { 'persona': 'technical', 'count': cue_count(
                opening, '\b(firefox|chrome|safari|browser|cache|cookies|logs|error code|root cause|known issue|reinstall(ed)?'
                || '|stack ?trace|api|endpoint|config(uration)?|firmware|version \d|console|http)\b|using the app on'
            ) }
        ] as counts
    from openings
),

ranked as (
    select
        conversation_id,
        list_filter(counts, lambda cue: cue.count > 0 and cue.count = list_max([each.count for each in counts])) as best
    from cues
),

final as (
    select
        conversations.conversation_id,
        coalesce(conversations.persona, if(len(ranked.best) = 1, ranked.best[1].persona, null)) as persona,
        case
            when conversations.persona is not null then 1.0::double
            when len(ranked.best) = 1 then if(ranked.best[1].count > 1, 0.8, 0.6)
        end as persona_confidence,
        case
            when conversations.persona is not null then 'said by the log'
            when ranked.conversation_id is null then 'no message'
            when len(ranked.best) = 1 then 'words of the first message'
            when len(ranked.best) = 0 then 'no words that tell'
            else 'several fit alike'
        end as reason
    from production_conversations as conversations
    left join ranked
        on conversations.conversation_id = ranked.conversation_id
)

select * from final;

create or replace view conversation_behaviour as
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

select * from final;

create or replace view conversation_measures as
-- What: every measure of behaviour of every conversation, as whole numbers, so that sums are exact on any number of threads.
-- Grain: one row per closed production conversation and metric that says something of it.
-- Units: micros are millionths of the metric's unit: rates and scores 0..1, times in milliseconds, turns, ratios.
-- NULLs: a metric that says nothing of a conversation has no row; version, persona and topic_id are 'unknown' where not known.
-- Column conversation_id: the conversation; day, week, assistant_id, assistant_version, channel, persona, topic_id and
--   user_group as in `conversation_behaviour`.
-- Column metric: name of the measure, as in `behaviour`.
-- Column micros: its value in millionths.
with measured as (
    select
        conversation_id,
        day,
        week,
        assistant_id,
        coalesce(assistant_version, 'unknown') as assistant_version,
        channel,
        coalesce(persona, 'unknown') as persona,
        coalesce(topic_id, 'unknown') as topic_id,
        user_group,
        unnest([
            { 'metric': 'success_rate', 'value': cast(is_success as double) },
            { 'metric': 'resolution_rate', 'value': cast(is_resolved as double) },
            { 'metric': 'containment_rate', 'value': cast(not is_escalated as double) },
            { 'metric': 'escalation_rate', 'value': cast(is_escalated as double) },
            { 'metric': 'abandonment_rate', 'value': cast(is_abandoned as double) },
            { 'metric': 'rephrase_rate', 'value': cast(has_rephrased as double) },
            { 'metric': 'answer_repeat_rate', 'value': cast(has_repeated_answer as double) },
            { 'metric': 'repeat_contact_rate', 'value': cast(is_repeat_contact as double) },
            { 'metric': 'context_loss_rate', 'value': cast(has_context_loss as double) },
            { 'metric': 'error_rate', 'value': cast(has_error as double) },
            { 'metric': 'turns_to_resolution', 'value': cast(turns_to_resolution as double) },
            { 'metric': 'turn_count', 'value': cast(turn_count as double) },
            { 'metric': 'duration_ms', 'value': cast(duration_ms as double) },
            { 'metric': 'first_response_ms', 'value': cast(first_response_ms as double) },
            { 'metric': 'response_ms', 'value': response_ms },
            { 'metric': 'user_gap_ms', 'value': user_gap_ms },
            { 'metric': 'consecutive_share', 'value': consecutive_share },
            { 'metric': 'length_ratio', 'value': length_ratio },
            { 'metric': 'satisfaction', 'value': satisfaction },
            { 'metric': 'sentiment', 'value': sentiment },
            { 'metric': 'sentiment_change', 'value': sentiment_change }
        ]) as measure
    from conversation_behaviour
),

final as (
    select
        conversation_id,
        day,
        week,
        assistant_id,
        assistant_version,
        channel,
        persona,
        topic_id,
        user_group,
        measure.metric as metric,
        cast(round(1e6 * measure.value) as bigint) as micros
    from measured
    where measure.value is not null
)

select * from final;

create or replace view behaviour as
-- What: how conversations went, week by week, over all and by assistant, version, channel, persona and topic, each figure with its
--   90 % interval: resolution, containment, escalation, abandonment, rephrasing, repetition, context loss, errors, turns, times,
--   turn-taking, satisfaction, sentiment.
-- Grain: one row per week, segment (all, assistant, version, channel, persona, topic), its value and metric with a conversation.
-- Units: metrics that end in _rate, satisfaction and shares 0..1; _ms milliseconds; sentiment −1..1; means are over conversations.
-- Intervals: the unit is the conversation, clustered by user: the linearised variance of a ratio. Rates have Wilson's interval with
--   the effective sample size, means mean ± t × standard error; t has one degree of freedom less than there are users.
-- NULLs: low and high where fewer than two users, or of a mean of users all alike; version, channel, persona, topic_id where they are not the segment.
-- Column week: ISO week of the start.
-- Column segment: all, assistant, version, channel, persona or topic; all but `all` are within an assistant.
-- Column assistant_id: the assistant; NULL: all of them.
-- Column assistant_version: the version, 'unknown' where nobody said; NULL: all versions.
-- Column channel: the channel; NULL: all channels.
-- Column persona: the persona, 'unknown' where there is none; NULL: all personas.
-- Column topic_id: the topic, 'unknown' where there is none; NULL: all topics.
-- Column metric: name of the measure; what each is stands in docs/reference/behaviour.md.
-- Column value: its mean over the conversations of which it says something.
-- Column low: lower end of the 90 % interval.
-- Column high: upper end of the 90 % interval.
-- Column conversation_count: conversations of which it says something.
-- Column user_count: users who held them.
with by_user as (
    select
        week,
        metric,
        user_group,
        assistant_id,
        assistant_version,
        channel,
        persona,
        topic_id,
        case grouping(assistant_id, assistant_version, channel, persona, topic_id)
            when 31 then 'all'
            when 15 then 'assistant'
            when 7 then 'version'
            when 11 then 'channel'
            when 13 then 'persona'
            when 14 then 'topic'
        end as segment,
        count(*) as n,
        sum(micros) as y
    from conversation_measures
    group by
        grouping sets (
            (week, metric, user_group),
            (week, metric, user_group, assistant_id),
            (week, metric, user_group, assistant_id, assistant_version),
            (week, metric, user_group, assistant_id, channel),
            (week, metric, user_group, assistant_id, persona),
            (week, metric, user_group, assistant_id, topic_id)
        )
),

summed as (
    select
        week,
        segment,
        assistant_id,
        assistant_version,
        channel,
        persona,
        topic_id,
        metric,
        sum(n) as n,
        sum(n * n) as nn,
        sum(y) / 1e6 as y,
        sum(y * n) / 1e6 as yn,
        sum(y * y) / 1e12 as yy,
        count(*) as user_count
    from by_user
    group by week, segment, assistant_id, assistant_version, channel, persona, topic_id, metric
),

measured as (
    select
        *,
        y / n as average,
        metric like '%_rate' as is_rate,
        case metric when 'sentiment' then -1 when 'sentiment_change' then -2 else 0 end as least_possible,
        case
            when metric in ('satisfaction', 'consecutive_share', 'sentiment') then 1
            else 'infinity'::double
        end as most_possible,
        ratio_variance(y, n, yy, yn, nn, user_count) as variance
    from summed
),

final as (
    select
        week,
        segment,
        assistant_id,
        assistant_version,
        channel,
        persona,
        topic_id,
        metric,
        round(average, 6) as value,
        case
            when is_rate then rate_low(average, variance, n, nn, user_count)
            else mean_low(average, variance, user_count, least_possible)
        end as low,
        case
            when is_rate then rate_high(average, variance, n, nn, user_count)
            else mean_high(average, variance, user_count, most_possible)
        end as high,
        cast(n as bigint) as conversation_count,
        user_count
    from measured
)

select * from final;

create or replace view latency_percentiles as
-- What: how long users waited, in percentiles with their 90 % intervals: for the first response, and for every response.
-- Grain: one row per week, assistant, version, kind of response and percentile with a measured response.
-- Units: milliseconds. The interval is Woodruff's (1952): the share of responses at or below the percentile has a linearised
--   variance clustered by user; its ends are read off the ordered latencies.
-- NULLs: low and high where fewer than two users; responses without a measured latency are left out.
-- Column week: ISO week of the start.
-- Column assistant_id: the assistant.
-- Column assistant_version: the version; 'unknown' where nobody said.
-- Column kind: first_response or response.
-- Column percentile: 0.5, 0.95 or 0.99.
-- Column value_ms: the percentile, one of the latencies seen.
-- Column low_ms: lower end of its 90 % interval.
-- Column high_ms: upper end of its 90 % interval.
-- Column response_count: measured responses.
-- Column user_count: users who waited.
with waits as (
    select
        conversations.week,
        conversations.assistant_id,
        coalesce(conversations.assistant_version, 'unknown') as assistant_version,
        coalesce(conversations.user_key, conversations.conversation_id) as user_group,
        turns.latency_ms,
        turns.turn_index = min(turns.turn_index) over (partition by turns.conversation_id) as is_first
    from production_conversations as conversations
    inner join turns
        on conversations.conversation_id = turns.conversation_id
    where turns.role = 'assistant'
),

kinds as (
    select
        * exclude (is_first),
        unnest(if(is_first, ['first_response', 'response'], ['response'])) as kind
    from waits
    where latency_ms is not null
),

sorted as (
    select
        week,
        assistant_id,
        assistant_version,
        kind,
        list_sort(list(latency_ms)) as latencies,
        unnest([0.5, 0.95, 0.99]) as percentile
    from kinds
    group by week, assistant_id, assistant_version, kind
),

placed as (
    select
        *,
        latencies[cast(ceil(percentile * len(latencies)) as bigint)] as value_ms
    from sorted
),

by_user as (
    select
        kinds.week,
        kinds.assistant_id,
        kinds.assistant_version,
        kinds.kind,
        placed.percentile,
        count(*) as n,
        count(*) filter (where kinds.latency_ms <= placed.value_ms) as y
    from kinds
    inner join placed using (week, assistant_id, assistant_version, kind)
    group by kinds.week, kinds.assistant_id, kinds.assistant_version, kinds.kind, placed.percentile, kinds.user_group
),

shares as (
    select
        week,
        assistant_id,
        assistant_version,
        kind,
        percentile,
        count(*) as user_count,
        t_of(count(*)) * sqrt(ratio_variance(sum(y), sum(n), sum(y * y), sum(y * n), sum(n * n), count(*))) as margin
    from by_user
    group by week, assistant_id, assistant_version, kind, percentile
),

final as (
    select
        placed.week,
        placed.assistant_id,
        placed.assistant_version,
        placed.kind,
        cast(placed.percentile as double) as percentile,
        placed.value_ms,
        placed.latencies[cast(greatest(floor((placed.percentile - shares.margin) * len(placed.latencies)), 1) as bigint)]
            as low_ms,
        placed.latencies[
            cast(least(ceil((placed.percentile + shares.margin) * len(placed.latencies)) + 1, len(placed.latencies)) as bigint)
        ] as high_ms,
        len(placed.latencies) as response_count,
        shares.user_count
    from placed
    inner join shares using (week, assistant_id, assistant_version, kind, percentile)
)

select * from final;

create or replace view drop_off as
-- What: at which message users give up: of those who write an n-th message, how many write no other and were not served.
-- Grain: one row per week, assistant and message number that a judged conversation reached.
-- Units: rates 0..1 with a 90 % interval clustered by user, as in `behaviour`.
-- NULLs: low and high where fewer than two users. A conversation without a message of its user is left out.
-- Column week: ISO week of the start.
-- Column assistant_id: the assistant.
-- Column message_number: the user's message, from 1.
-- Column reached_count: judged conversations with such a message.
-- Column ended_count: those in which it was the last.
-- Column dropped_count: those of them that failed.
-- Column drop_off_rate: dropped_count per reached_count.
-- Column low: lower end of the interval.
-- Column high: upper end of the interval.
with lengths as (
    select
        behaviour.conversation_id,
        behaviour.week,
        behaviour.assistant_id,
        behaviour.user_group,
        behaviour.is_success,
        talk.user_count
    from conversation_behaviour as behaviour
    inner join turn_taking as talk
        on behaviour.conversation_id = talk.conversation_id
    where
        behaviour.is_success is not null
        and talk.user_count > 0
),

reached as (
    select
        *,
        unnest(generate_series(1, user_count)) as message_number
    from lengths
),

by_user as (
    select
        week,
        assistant_id,
        message_number,
        user_group,
        count(*) as n,
        count(*) filter (where message_number = user_count) as ended,
        count(*) filter (where message_number = user_count and not is_success) as y
    from reached
    group by week, assistant_id, message_number, user_group
),

summed as (
    select
        week,
        assistant_id,
        message_number,
        sum(n) as n,
        sum(ended) as ended,
        sum(y) as y,
        sum(n * n) as nn,
        count(*) as users,
        ratio_variance(sum(y), sum(n), sum(y * y), sum(y * n), sum(n * n), count(*)) as variance
    from by_user
    group by week, assistant_id, message_number
),

final as (
    select
        week,
        assistant_id,
        message_number,
        cast(n as bigint) as reached_count,
        cast(ended as bigint) as ended_count,
        cast(y as bigint) as dropped_count,
        round(y / n, 6) as drop_off_rate,
        rate_low(y / n, variance, n, nn, users) as low,
        rate_high(y / n, variance, n, nn, users) as high
    from summed
)

select * from final;

create or replace view journeys as
-- What: the paths that conversations take: what the user wanted, the tools that were called, a person, how it ended; and how many
--   of each path were completed. Order by failure_count for the most common ways to fail.
-- Grain: one row per week, assistant, topic and path of a judged conversation.
-- Units: rates 0..1 with a 90 % interval clustered by user, as in `behaviour`.
-- Steps: the first six; the same step in a row counts once; a failed conversation is followed to the turn where it went wrong.
-- NULLs: topic_id NULL: no topic yet; low and high where fewer than two users.
-- Column week: ISO week of the start.
-- Column assistant_id: the assistant.
-- Column topic_id: the topic.
-- Column path: topic title and steps, such as "refund status > lookup_order > lookup_order failed > person".
-- Column conversation_count: judged conversations on this path.
-- Column failure_count: those that failed.
-- Column completion_rate: the share that did not.
-- Column low: lower end of its interval.
-- Column high: upper end of its interval.
with judged as (
    select
        behaviour.conversation_id,
        behaviour.week,
        behaviour.assistant_id,
        behaviour.topic_id,
        behaviour.user_group,
        behaviour.is_success,
        coalesce(topics.title, 'no topic') as title,
        failures.failed_turn_index
    from conversation_behaviour as behaviour
    inner join failures
        on behaviour.conversation_id = failures.conversation_id
    left join topics
        on behaviour.topic_id = topics.topic_id
),

steps as (
    select
        judged.conversation_id,
        turns.turn_index,
        case
            when turns.role = 'agent' then 'person'
            when turns.role = 'tool' and turns.error_type is null then null
            when turns.role = 'tool' then coalesce(turns.tool_name, 'tool') || ' failed'
            when len(turns.tool_calls ->> '$[*].name') > 0 then array_to_string(turns.tool_calls ->> '$[*].name', ' + ')
            when turns.error_type is not null then 'error'
            else 'answer'
        end as step
    from judged
    inner join turns
        on judged.conversation_id = turns.conversation_id
    where
        turns.role in ('assistant', 'agent', 'tool')
        and turns.turn_index <= coalesce(judged.failed_turn_index, turns.turn_index)
),

changes as (
    select
        conversation_id,
        turn_index,
        step
    from steps
    where step is not null
    qualify step is distinct from lag(step) over (partition by conversation_id order by turn_index asc)
),

paths as (
    select
        conversation_id,
        array_to_string(list(step order by turn_index asc)[1:6], ' > ') as steps
    from changes
    group by conversation_id
),

by_user as (
    select
        judged.week,
        judged.assistant_id,
        judged.topic_id,
        concat_ws(' > ', judged.title, paths.steps) as path,
        judged.user_group,
        count(*) as n,
        count(*) filter (where judged.is_success) as y
    from judged
    left join paths
        on judged.conversation_id = paths.conversation_id
    group by all
),

summed as (
    select
        week,
        assistant_id,
        topic_id,
        path,
        sum(n) as n,
        sum(y) as y,
        sum(n * n) as nn,
        count(*) as users,
        ratio_variance(sum(y), sum(n), sum(y * y), sum(y * n), sum(n * n), count(*)) as variance
    from by_user
    group by week, assistant_id, topic_id, path
),

final as (
    select
        week,
        assistant_id,
        topic_id,
        path,
        cast(n as bigint) as conversation_count,
        cast(n - y as bigint) as failure_count,
        round(y / n, 6) as completion_rate,
        rate_low(y / n, variance, n, nn, users) as low,
        rate_high(y / n, variance, n, nn, users) as high
    from summed
)

select * from final;

create or replace view comments_by_theme as
-- What: what users say in comments, by theme, with how it sounds beside how they rated.
-- Grain: one row per week, assistant and theme of a comment; a comment may have several themes.
-- Units: sentiment −1..1 (two word lists with negation); rating 0..1; 90 % intervals clustered by user.
-- Rating: the score given with the comment, else the conversation's satisfaction; volunteered, so no random sample.
-- NULLs: rating where nobody rated; low and high where fewer than two users or all alike. A comment without a theme's words is 'other'.
-- Column week: ISO week of the start.
-- Column assistant_id: the assistant.
-- Column theme: speed, accuracy, understanding, person, tone, ease, resolution or other.
-- Column comment_count: comments of volunteers with that theme.
-- Column conversation_count: conversations they are about.
-- Column negative_share: comments with a sentiment below 0.
-- Column sentiment: their mean sentiment.
-- Column low: lower end of its interval.
-- Column high: upper end of its interval.
-- Column rating: mean rating beside them.
-- Column rated_count: comments with a rating.
with comments as (
    select
        conversations.week,
        conversations.assistant_id,
        conversations.conversation_id,
        coalesce(conversations.user_key, conversations.conversation_id) as user_group,
        coalesce(feedback.score, conversations.satisfaction) as rating,
        lower(left(feedback.comment, 2000)) as said
    from feedback
    inner join production_conversations as conversations
        on feedback.conversation_id = conversations.conversation_id
    where
        feedback.author = 'user'
        and feedback.inclusion_probability is null
        and regexp_matches(feedback.comment, '\pL')
),

themed as (
    select
        * exclude (said),
        cast(round(1e6 * sentiment_of(said)) as bigint) as sentiment,
        cast(round(1e6 * rating) as bigint) as rated,
        list_filter([
            if(regexp_matches(said, '\b(slow|wait\w*|fast|quick\w*|long time|takes? (too |so )?long|time|hours?|minutes?)\b'),
                'speed', null),
            if(regexp_matches(said, '\b(wrong|incorrect|false|not true|outdated|accurate|correct|misinform\w+|made up)\b'),
                'accuracy', null),
            if(regexp_matches(said, '\b(underst\w+|misunderst\w+|listen\w*|read my|same (thing|answer|question)|circles|repeat\w*)\b'),
                'understanding', null),
            if(regexp_matches(said, '\b(human|person|agent|representative|someone real|real (person|people)|transfer\w*|staff)\b'),
                'person', null),
            if(regexp_matches(said, '\b(rude|polite|friendly|kind|tone|cold|arrogant|nice|robotic|patient)\b'), 'tone', null),
            if(regexp_matches(said, '\b(easy|simple|confus\w+|complicated|clear|unclear|jargon|hard to|difficult)\b'), 'ease', null),
            if(regexp_matches(said, '\b(solv\w+|fixed|resolved|helped|help(ful)?|useless|unhelpful|work(s|ed|ing)?|answer(ed)?)\b'),
                'resolution', null)
        ], lambda theme: theme is not null) as themes
    from comments
),

by_user as (
    select
        week,
        assistant_id,
        unnest(if(len(themes) = 0, ['other'], themes)) as theme,
        user_group,
        conversation_id,
        sentiment,
        rated
    from themed
),

per_user as (
    select
        week,
        assistant_id,
        theme,
        user_group,
        count(*) as n,
        count(distinct conversation_id) as conversations,
        count(*) filter (where sentiment < 0) as negatives,
        sum(sentiment) as y,
        sum(rated) as rated,
        count(rated) as rated_count
    from by_user
    group by week, assistant_id, theme, user_group
),

summed as (
    select
        week,
        assistant_id,
        theme,
        cast(sum(n) as bigint) as n,
        cast(sum(conversations) as bigint) as conversation_count,
        sum(negatives) as negatives,
        sum(y) / 1e6 as y,
        ratio_variance(
            sum(y) / 1e6, sum(n), sum(y * y) / 1e12, sum(y * n) / 1e6, sum(n * n), count(*)
        ) as variance,
        count(*) as users,
        sum(rated) / 1e6 as rated,
        cast(sum(rated_count) as bigint) as rated_count
    from per_user
    group by week, assistant_id, theme
),

final as (
    select
        week,
        assistant_id,
        theme,
        n as comment_count,
        conversation_count,
        round(negatives / n, 6) as negative_share,
        round(y / n, 6) as sentiment,
        mean_low(y / n, variance, users, -1) as low,
        mean_high(y / n, variance, users, 1) as high,
        round(rated / nullif(rated_count, 0), 6) as rating,
        rated_count
    from summed
)

select * from final;
