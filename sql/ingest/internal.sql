-- What: the records that one rule of internal traffic fits.
-- Grain: one row per canonical record (row_no).
-- Needs: the variables internal_* of upturn.internal_rules, so that an expression is read once; NULL or empty: the rule
--        does not ask. A record that lacks what the rule asks for does not fit.
-- Source: docs/guide/configuration.md.
-- noqa: disable=RF01
with first_messages as (
    select
        row_no,
        arg_min(content, position) as content
    from typed_turns
    where
        role = 'user'
        and getvariable('internal_first_message') is not null
    group by row_no
),

final as (
    select
        conversations.row_no,
        parsed.record.user_id as user_id,
        lower(regexp_extract(parsed.record.user_id, '@([^@\s]+)$', 1)) as domain,
        conversations.channel,
        conversations.assistant_id,
        conversations.metadata,
        first_messages.content
    from typed_conversations as conversations
    inner join parsed
        on conversations.row_no = parsed.row_no
    left join first_messages
        on conversations.row_no = first_messages.row_no
)

select row_no
from final
where
    (
        getvariable('internal_user_id') is null
        or coalesce(user_id glob getvariable('internal_user_id'), false)
    )
    and (
        getvariable('internal_domain') is null
        or coalesce(
            domain = getvariable('internal_domain') or suffix(domain, '.' || getvariable('internal_domain')), false
        )
    )
    and (
        getvariable('internal_channel') is null
        or channel = getvariable('internal_channel')
    )
    and (
        getvariable('internal_assistant_id') is null
        or assistant_id = getvariable('internal_assistant_id')
    )
    and (
        len(getvariable('internal_metadata_paths')) = 0
        or list_transform(
            getvariable('internal_metadata_paths'),
            lambda path: json_extract_string(metadata, path)
        ) = getvariable('internal_metadata_values')
    )
    and (
        getvariable('internal_first_message') is null
        or coalesce(regexp_matches(content, getvariable('internal_first_message')), false)
    )
