-- What judging was charged: for one day that is judged, and in one month for any day.
-- grain: one row.
-- units: tokens; US dollars.
-- parameters: $day; $month_start and $month_end, UTC: a month of money spent.
select
    cast(coalesce(sum(charged_tokens) filter (where day = $day), 0) as bigint) as run_tokens,
    round(coalesce(sum(cast(charged_usd as decimal(18, 9))) filter (where day = $day), 0), 9)::double as run_usd,
    cast(
        coalesce(sum(charged_tokens) filter (where paid_at >= $month_start and paid_at < $month_end), 0) as bigint
    ) as month_tokens,
    round(
        coalesce(
            sum(cast(charged_usd as decimal(18, 9))) filter (where paid_at >= $month_start and paid_at < $month_end), 0
        ), 9
    )::double as month_usd
from judge_calls
