-- What: what each scorer's mean score is once labels have corrected it, with its 90 % interval.
-- Grain: one row per metric, scorer and version of it with a label.
-- Units: as in the mart calibration; more_labels: how many more would halve the interval.
select
    metric,
    scorer,
    scorer_version as version,
    mean_score as mean,
    corrected,
    corrected_low as low,
    corrected_high as high,
    labels_to_halve as more_labels
from calibration
where label_count > 0
order by metric, scorer, first_day, scorer_version
