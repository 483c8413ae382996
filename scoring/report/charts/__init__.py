"""Charts of the reports: each answers one question with figures of the scorecard. Nothing here scores."""

from scoring.report.charts.bars import ENDS, MANY, ends
from scoring.report.charts.city import causes_of_change, city_losses, losses_by_leaf, ranking_stacked
from scoring.report.charts.heatmap import loss_heatmap
from scoring.report.charts.losses import where_points_went
from scoring.report.charts.outlined import drawn
from scoring.report.charts.readings import reading_effects, reading_intervals
from scoring.report.charts.sheet import Chart, chart_part

__all__ = [
    "ENDS",
    "MANY",
    "Chart",
    "causes_of_change",
    "chart_part",
    "city_losses",
    "drawn",
    "ends",
    "loss_heatmap",
    "losses_by_leaf",
    "ranking_stacked",
    "reading_effects",
    "reading_intervals",
    "where_points_went",
]
