-- What: the leaves of a canonical record, from the text that json_transform gives to their type.
--       moment(text)   timestamptz, UTC: ISO 8601 with an offset, years 2000 to 2100
--       amount(text)   double, finite, 0 or more
--       whole(text)    bigint, 0 or more
--       flag(text)     boolean
--       are_calls(text) whether a JSON text is a list of objects with a name
--       are_odd(text)  whether metadata may name a user, also in text that is JSON itself, or hold what is no JSON number
--       is_odd(text)   whether the text may come from something else than a JSON string or a plain number
--       turn_digest(role, occurred_at, content, parts) the identity of a turn without a message id
-- Grain: one value per row. What does not read gives NULL: the caller compares it with the text, so that nothing is
--        lost in silence. NULL gives NULL (is_odd: false).
create or replace temp macro moment(given) as
case
    when
        regexp_full_match(
            given,
            '20\d\d-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-](0\d|1[0-4]):[0-5]\d)'
        )
        then try_cast(given as timestamptz)
end;

create or replace temp macro amount(given) as
case when regexp_full_match(given, '\d{1,15}(\.\d{1,15})?') then try_cast(given as double) end;

create or replace temp macro whole(given) as
case when regexp_full_match(given, '\d{1,15}') then try_cast(given as bigint) end;

create or replace temp macro flag(given) as
case given when 'true' then true when 'false' then false end;

create or replace temp macro are_odd(given) as
regexp_matches(given, '"user|user(\.pseudo)?([._]?[iI]d)?\\*"|\\u00([4-7]|2[eE])|NaN|Infinity');

create or replace temp macro is_odd(given) as
coalesce(regexp_matches(given, '^[\[{]|^(true|false)$|^-?[0-9][0-9.]*[eE]|^-?[0-9.]{16}|\x00'), false);

create or replace temp macro is_odd_id(given) as
coalesce(length(given) > 512 or regexp_matches(given, '^[\pZ\x{85}]*$|[\x00-\x1f\x7f]'), false) or is_odd(given);

create or replace temp macro are_calls(given) as
starts_with(given, '[')
and not regexp_matches(given, 'NaN|Infinity')
and coalesce(
    list_bool_and(
        list_transform(json_transform(given, '[{"name": "VARCHAR"}]'), lambda call: call.name is not null and not is_odd(call.name))
    ),
    false
);

create or replace temp macro or_nothing(given) as coalesce(given::varchar, chr(30));

create or replace temp macro turn_digest(role, occurred_at, content, parts) as
fact_digest(concat_ws(chr(31), 'turn', role, epoch_us(occurred_at), or_nothing(content), or_nothing(parts)));
