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
