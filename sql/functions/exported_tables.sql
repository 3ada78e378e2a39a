-- What: leaves of tables that a connector exported, all of them read as text, and of the JSON that is made of them.
--       in_utc(text)      ISO 8601 text with an offset: connectors write times of UTC, often without saying so
--       is_true(text)     boolean; NULL where nothing is said
--       whole(text)       bigint
--       channel_of(text)  the product's channel under the name that it has here
--       known(json)       a JSON object without its fields that are null
--       counts(list)      JSON object of (reason, number) pairs above 0; NULL where there are none
-- Grain: one value per row. NULL gives NULL.
create or replace temp macro in_utc(given) as
case
    when given is null then null
    when regexp_matches(given, ' UTC$') then regexp_replace(given, ' UTC$', 'Z')
    when regexp_matches(given, ':\d\d(\.\d+)?[+-]\d\d$') then given || ':00'
    when regexp_matches(given, '(Z|[+-]\d\d:\d\d)$') then given
    else given || 'Z'
end;

create or replace temp macro is_true(given) as
lower(given) in ('true', 't', '1');

create or replace temp macro whole(given) as
try_cast(given as bigint);

create or replace temp macro channel_of(given) as
case given
    when 'native_messaging' then 'messaging'
    when 'voice' then 'phone'
    when 'conversation' then 'chat'
    else given
end;

create or replace temp macro known(given) as
json_merge_patch('{}', given);

create or replace temp macro counts(given) as
if(
    len(list_filter(given, lambda part: part[2] > 0)) > 0,
    to_json(map_from_entries(list_filter(given, lambda part: part[2] > 0))),
    null
);
