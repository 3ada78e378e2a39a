-- Canonical JSONL -> conversations, turns, feedback. For tests only.
create or replace temporary table canonical as
select
    *
from read_json(
    $pattern,
    format = 'newline_delimited',
    maximum_object_size = 33554432,
    columns = {
        conversation_id: 'varchar',
        assistant_id: 'varchar',
        assistant_version: 'varchar',
        channel: 'varchar',
        user_id: 'varchar',
        persona: 'varchar',
        started_at: 'timestamptz',
        ended_at: 'timestamptz',
        outcome: 'varchar',
        metadata: 'json',
        turns: 'struct(role varchar, content varchar, created_at timestamptz, latency_ms double, error_type varchar,
                       tool_calls json, tool_call_id varchar, name varchar)[]',
        feedback: 'struct(kind varchar, value varchar, scale varchar, comment varchar, author varchar,
                          turn_index integer, created_at timestamptz)[]'
    }
);

insert into feedback by name
select
    md5(canonical.conversation_id || '/' || given.item.created_at::varchar || '/' || given.place::varchar) as feedback_id,
    canonical.conversation_id,
    given.item.turn_index,
    given.item.kind,
    canonical.channel,
    given.item.value,
    given.item.scale,
    case
        when given.item.scale = 'thumb' then (given.item.value = 'up')::double
        when given.item.scale = '1-5' then (try_cast(given.item.value as double) - 1) / 4
        when given.item.scale = '0-10' then try_cast(given.item.value as double) / 10
    end as score,
    given.item.comment,
    coalesce(given.item.author, 'user') as author,
    null as inclusion_probability,
    given.item.created_at as received_at,
    null as updated_at,
    $log_version as log_version
from canonical
cross join lateral (
    select
        unnest(canonical.feedback) as item,
        generate_subscripts(canonical.feedback, 1) as place
) as given
order by canonical.conversation_id, given.place;

insert into turns by name
select
    canonical.conversation_id,
    said.place - 1 as turn_index,
    md5(canonical.conversation_id || '/' || said.place::varchar) as turn_key,
    said.item.role,
    said.item.content,
    null as parts,
    coalesce(said.item.created_at, canonical.started_at) as occurred_at,
    said.item.latency_ms,
    said.item.error_type,
    null as input_tokens,
    null as output_tokens,
    said.item.tool_calls,
    said.item.tool_call_id,
    said.item.name as tool_name,
    said.place - 1 as position,
    null as updated_at,
    $log_version as log_version
from canonical
cross join lateral (
    select
        unnest(canonical.turns) as item,
        generate_subscripts(canonical.turns, 1) as place
) as said
where canonical.turns is not null
order by canonical.conversation_id, said.place;

insert into conversations by name
select
    canonical.conversation_id,
    canonical.assistant_id,
    canonical.assistant_version,
    null as config_version,
    canonical.channel,
    md5(canonical.user_id) as user_key,
    'production' as origin,
    false as is_internal,
    canonical.persona,
    case when canonical.persona is not null then 1.0 end as persona_confidence,
    null as topic_id,
    canonical.started_at,
    coalesce(canonical.ended_at, said.last_turn_at, canonical.started_at) as ended_at,
    coalesce(said.last_turn_at, canonical.started_at) as last_turn_at,
    false as is_open,
    coalesce(said.turn_count, 0) as turn_count,
    canonical.outcome,
    given.satisfaction,
    (canonical.started_at at time zone 'UTC')::date as day,
    strftime(canonical.started_at at time zone 'UTC', '%G-W%V') as week,
    canonical.metadata,
    $log_version as log_version
from canonical
left join (
    select
        conversation_id,
        max(occurred_at) as last_turn_at,
        count(*) filter (role in ('user', 'assistant', 'agent')) as turn_count
    from turns
    group by conversation_id
) as said using (conversation_id)
left join (
    select
        conversation_id,
        round(avg(score), 9) as satisfaction
    from feedback
    where author = 'user'
    group by conversation_id
) as given using (conversation_id)
where canonical.turns is not null
order by canonical.conversation_id;

drop table canonical;
