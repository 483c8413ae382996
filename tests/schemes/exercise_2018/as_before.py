"""Leaves of the exercise whose clauses read as in 2017 but for their numbers: their rules are those of 2017."""

from __future__ import annotations

from scoring.engine.rulekit import take_over
from scoring.schemes.leiyang_2017 import (
    census,
    disclosure,
    integration,
    interaction,
    management,
    portal,
    update_volume,
)

take_over(
    __name__,
    {
        "1.1": integration.integration,
        "2.1": portal.consultations,
        **dict.fromkeys(("2.2", "2.3"), portal.deliveries),
        "2.4": portal.adopted_news,
        **dict.fromkeys(("3.1.1.1", "3.1.1.2", "3.1.1.3"), disclosure.outdated_profiles),
        **dict.fromkeys(("3.1.2", "3.1.3.1", "3.1.3.2", "3.1.4"), disclosure.missed_updates),
        "3.2.1": interaction.mailbox,
        "3.2.2": interaction.consultations,
        "3.3.1": management.organisation,
        **dict.fromkeys(("3.3.2.1.1", "3.3.2.1.2"), management.unreachable),
        "3.3.2.1.3": management.accuracy,
        "3.3.2.2": management.performance,
        "3.3.2.3": update_volume.update_volume,
        "3.3.3.1": management.vulnerabilities,
        "3.3.3.2": management.written_notices,
        "3.3.3.3": management.incident_handling,
        "3.3.4.1": management.assigned_work,
        "3.3.4.2": management.annual_report,
        "3.4.1": census.circulars,
        "3.4.2": census.exposures,
    },
)
