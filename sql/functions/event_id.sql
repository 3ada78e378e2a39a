-- What: event_id(type, source, native_ids, revision) = the id of an event, equal to upturn.domain.events.event_id:
--       uuid5 over the parts joined by U+001F. Two native ids are joined first: native_ids(first_id, second_id).
-- Grain: one id per row. NULL in any part gives NULL.
-- Source: RFC 9562, 5.5: sha1 of namespace and name, cut to 128 bits, version 5, variant 10.
create or replace temp macro native_ids(first_id, second_id) as first_id || chr(31) || second_id;

create or replace temp macro uuid5_of_sha1(digest) as
left(digest, 8) || concat(
    '-',
    substr(digest, 9, 4),
    '-5',
    substr(digest, 14, 3),
    '-',
    case
        when substr(digest, 17, 1) in ('0', '4', '8', 'c') then '8'
        when substr(digest, 17, 1) in ('1', '5', '9', 'd') then '9'
        when substr(digest, 17, 1) in ('2', '6', 'a', 'e') then 'a'
        when substr(digest, 17, 1) in ('3', '7', 'b', 'f') then 'b'
    end,
    substr(digest, 18, 3),
    '-',
    substr(digest, 21, 12)
);

create or replace temp macro event_id(event_type, source_name, native_ids_joined, revision) as
uuid5_of_sha1(
    sha1(
        '\x6F\x1D\x7F\x0E\x5A\x0B\x5D\x1E\x9C\x57\x0B\x7A\x0C\x6A\x9D\x11'::blob
        || encode(event_type || chr(31) || source_name || chr(31) || native_ids_joined || chr(31) || revision)
    )
);
