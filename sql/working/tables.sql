-- What: more of the pipeline's own tables, in the schema `working` of scores.sql: no part of the contract.
-- Grain: what a conversation is made of beside turns and feedback, so that a new event costs no look back into the log.
-- One row per event that says a conversation's own fields; NULL: the record left the field out.
create table working.conversation_starts (
    conversation_id varchar not null,
    assistant_id varchar not null,
    assistant_version varchar,
    config_version varchar,
    channel varchar not null,
    user_key varchar,
    origin varchar,
    is_internal boolean,
    persona varchar,
    started_at timestamptz not null,
    metadata json,
    updated_at timestamptz,
    log_version bigint not null,
    event_id varchar not null
);

-- One row per event that says how or when a conversation ended.
create table working.conversation_ends (
    conversation_id varchar not null,
    ended_at timestamptz,
    outcome varchar,
    updated_at timestamptz,
    log_version bigint not null,
    event_id varchar not null
);

-- One row per conversation with a turn; turn_count counts user, assistant and agent.
create table working.turn_totals (
    conversation_id varchar not null,
    turn_count bigint not null,
    first_turn_at timestamptz not null,
    last_turn_at timestamptz not null,
    log_version bigint not null
);

-- One row per conversation with a topic.
create table working.topic_assignments (
    conversation_id varchar not null,
    topic_id varchar not null,
    fitted_on date not null,
    log_version bigint not null
);

-- One row per conversation and catch-up that changed it, until every stage below has taken it.
-- what: 'content' (turns, end, feedback, open or closed), 'judgement' (the judge's scores) or 'topic'.
create table working.changed_conversations (
    conversation_id varchar not null,
    change_number bigint not null,
    what varchar not null
);

-- One row per stage that takes changed conversations, with the newest change that it has taken;
-- 'project' holds the newest change that was made.
create table working.stage_watermarks (
    stage varchar not null,
    change_number bigint not null
);
insert into working.stage_watermarks
values ('project', 0), ('score', 0), ('detect', 0), ('exposures', 0);

-- At most one row: the newest event that the tables were made of, by which a log that was restored from a backup and went
-- on is told from the one that they were made of.
create table working.newest_event (
    log_version bigint not null,
    event_id varchar not null
);

-- One row: digest of the rules and settings under which the tables were made.
create table working.fingerprint (
    digest varchar not null
);
