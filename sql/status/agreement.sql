-- What: how far each scorer is from people.
-- Grain: one row per metric, scorer and version of it with a label.
-- Units: as in the mart calibration.
select
    metric,
    scorer,
    scorer_version as version,
    label_count as labels,
    agreement,
    kappa,
    spearman,
    bias,
    bias_change
from calibration
where label_count > 0
order by metric, scorer, first_day, scorer_version
