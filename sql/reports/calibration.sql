-- What: how far each scorer is from people, as it stands now.
-- Grain: one row per metric, scorer and version of it with a label.
-- Units: as in the mart calibration.
select
    metric,
    scorer,
    scorer_version,
    label_count,
    agreement,
    kappa,
    bias,
    mean_score,
    corrected,
    corrected_low,
    corrected_high,
    labels_to_halve
from calibration
where label_count > 0
order by metric, scorer, first_day, scorer_version
