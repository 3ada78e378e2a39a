-- What: the newest week that was judged: quality by the judge, with its 90 % interval, and what is unscored.
-- Grain: one row per metric.
-- Units: scores 0..1; US dollars.
-- NULLs: no row where nothing was judged.
select
    week,
    metric,
    score,
    score_low,
    score_high,
    scored_count,
    unscored_count,
    score_if_unscored_bad,
    score_if_unscored_good,
    cost_usd
from judge_quality
qualify rank() over (order by week desc) = 1
order by metric
