"""Charts of the reports: each answers one question, in figures that the scorecard gave. Nothing here scores."""

from scoring.engine.scorecard import Scorecard
from scoring.report.charts.bars import ENDS, MANY, ends
from scoring.report.charts.city import city_losses, loss_heatmap, ranking_stacked
from scoring.report.charts.losses import where_points_went
from scoring.report.charts.replies import replies_by_kind
from scoring.report.charts.sheet import Chart, chart_part
from scoring.report.charts.target import count_against_target
from scoring.report.charts.updates import updates_by_month
from scoring.report.charts.years import causes_of_change
from scoring.scheme.outline import Chart as Outlined
from scoring.scheme.outline import CountAgainstTarget, RepliesByKind, UpdatesByMonth

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
    "ranking_stacked",
    "where_points_went",
]


def drawn(card: Scorecard, outline: Outlined) -> Chart | None:
    """A chart of the scheme's outline; None where the department has nothing to show in it."""
    match outline:
        case CountAgainstTarget():
            return count_against_target(card, outline)
        case UpdatesByMonth():
            return updates_by_month(card, outline)
        case RepliesByKind():
            return replies_by_kind(card, outline)
    raise TypeError(outline)
