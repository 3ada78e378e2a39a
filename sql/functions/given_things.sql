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
