-- What: the newest week that was judged: quality by the judge, with its 90 % interval, corrected by labels, and what is unscored.
-- Grain: one row per metric.
-- Units: scores 0..1; US dollars.
-- NULLs: no row where nothing was judged; corrected where no label was drawn.
select
    week,
    metric,
    score,
    score_low,
    score_high,
    corrected,
    corrected_low,
    corrected_high,
    scored_count,
    unscored_count,
    score_if_unscored_bad,
    score_if_unscored_good,
    cost_usd
from judge_quality
qualify rank() over (order by week desc) = 1
order by metric
