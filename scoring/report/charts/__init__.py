"""Charts of the reports: each answers one question, in figures that the scorecard gave. Nothing here scores."""

from scoring.report.charts.bars import ENDS, MANY, ends
from scoring.report.charts.city import city_losses, loss_heatmap, ranking_stacked
from scoring.report.charts.letters import letter_reply_times
from scoring.report.charts.losses import where_points_went
from scoring.report.charts.portal import portal_items
from scoring.report.charts.publications import publications_over_year
from scoring.report.charts.sheet import Chart, chart_part
from scoring.report.charts.years import causes_of_change

__all__ = [
    "ENDS",
    "MANY",
    "Chart",
    "causes_of_change",
    "chart_part",
    "city_losses",
    "ends",
    "letter_reply_times",
    "loss_heatmap",
    "portal_items",
    "publications_over_year",
    "ranking_stacked",
    "where_points_went",
]
