-- What: iso_time(moment) = ISO 8601 text in UTC with microseconds, such as 2026-11-23T12:00:00.000000Z, whatever the
--       session's time zone. The form in which payloads and revisions hold a time.
-- Grain: one text per row. NULL gives NULL.
create or replace temp macro iso_time(moment) as
strftime(make_timestamp(epoch_us(moment)), '%Y-%m-%dT%H:%M:%S.%fZ');
