-- What: the conversations before and after a change went live, exposed to it or not.
-- Grain: one row per judged conversation of the assistants concerned, from $first_day to the instant $until.
-- Units: success in millionths; codes from 0; period is after, fresh (between the window that selected the cluster and
-- the change), selected (in that window) or older (before it). $exposure_rules is a JSON list of exposure rules.
-- Versions: a rule on a version says where the fault was; the fix ships in another. So after the change every version is
-- exposed; before it, other versions of the same wants are left out: they had no fault to lose, and may get the fix.
-- NULLs: a conversation without a user stands for its user; a NULL field meets no rule on it; a rule that names
-- nothing exposes nothing. $dimension NULL: the whole of the exposed.
with rules as (
    select unnest(from_json(
        $exposure_rules,
        '[{
            "topic_ids": ["VARCHAR"], "assistant_id": "VARCHAR", "assistant_version": "VARCHAR",
            "channel": "VARCHAR", "persona": "VARCHAR", "tool": "VARCHAR"
        }]'
    ), recursive := true)
),

judged as (
    select
        conversations.conversation_id,
        conversations.assistant_id,
        conversations.assistant_version,
        conversations.channel,
        conversations.persona,
        conversations.topic_id,
        conversations.started_at,
        conversations.day,
        coalesce('u' || conversations.user_key, 'c' || conversations.conversation_id) as user_name,
        cast(round(1000000 * (1 - failures.failure_probability)) as bigint) as success
    from production_conversations as conversations
    inner join failures
        on conversations.conversation_id = failures.conversation_id
    where
        conversations.day >= $first_day
        and conversations.started_at < $until
        and (
            conversations.assistant_id in (select rules.assistant_id from rules)
            or exists (
                from rules
                where rules.assistant_id is null
            )
        )
),

with_tool as (
    select distinct
        turns.conversation_id,
        rules.tool
    from turns
    semi join judged
        on turns.conversation_id = judged.conversation_id
    inner join rules
        on
            turns.tool_name = rules.tool
            or list_contains(from_json(turns.tool_calls -> '$[*].name', '["VARCHAR"]'), rules.tool)
),

touched as (
    select
        judged.conversation_id,
        bool_or(
            rules.assistant_version is null
            or judged.started_at >= $shipped_at
            or coalesce(judged.assistant_version = rules.assistant_version, false)
        ) as is_exposed
    from judged
    inner join rules
        on
            (
                rules.topic_ids is not null
                or coalesce(rules.assistant_version, rules.channel, rules.persona, rules.tool) is not null
            )
            and (rules.topic_ids is null or list_contains(rules.topic_ids, judged.topic_id))
            and (rules.assistant_id is null or judged.assistant_id = rules.assistant_id)
            and (rules.channel is null or judged.channel = rules.channel)
            and (rules.persona is null or judged.persona = rules.persona)
    left join with_tool
        on
            judged.conversation_id = with_tool.conversation_id
            and rules.tool = with_tool.tool
    where
        (rules.tool is null or with_tool.tool is not null)
        and (
            $dimension is null
            or $value = case $dimension
                when 'channel' then judged.channel
                when 'persona' then judged.persona
            end
        )
    group by judged.conversation_id
),

final as (
    select
        dense_rank() over (order by judged.user_name) - 1 as user_code,
        dense_rank() over (order by judged.assistant_id) - 1 as stratum_code,
        judged.success,
        coalesce(touched.is_exposed, false) as is_exposed,
        case
            when judged.started_at >= $shipped_at then 'after'
            when judged.day > $selected_last then 'fresh'
            when judged.day >= $selected_first then 'selected'
            else 'older'
        end as period
    from judged
    left join touched
        on judged.conversation_id = touched.conversation_id
    where coalesce(touched.is_exposed, true)
)

select * from final
order by user_code, stratum_code, period, is_exposed, success
