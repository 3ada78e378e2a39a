-- What: who belongs to the staff, as far as the table user says what people are.
-- Grain: one row per person with a role.
select
    id,
    bool_or(role in ('agent', 'admin')) as is_staff
from user
where role is not null
group by id
