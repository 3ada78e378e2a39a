-- What: where in the log the topic model in force on $day was recorded.
-- Grain: one row.
-- Units: log_version of the oldest assignment of the newest fit that is not of a later day than $day; newest_on is the day
--   of the newest fit of all.
-- NULLs: log_version NULL: there is no such fit in the tables. newest_on NULL: the log holds no fit.
select
    min(topic_assignments.log_version) as log_version,
    (select max(fitted_on) from topics) as newest_on
from working.topic_assignments as topic_assignments
where
    topic_assignments.fitted_on = (
        select max(topics.fitted_on) from topics
        where topics.fitted_on <= $day
    )
