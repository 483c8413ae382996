"""归档说明.txt: for a stranger, what lies where, and how to check it by hand and with the program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from scoring.archive import label as labels
from scoring.archive import layout
from scoring.base.names import department_files
from scoring.base.points import exact, shown, signed
from scoring.engine.findings import CHANGE
from scoring.report.places import template_folder
from scoring.scheme import Scheme


def readme_of(label: Mapping[str, Any], scorecards: Mapping[str, Any], scheme: Scheme) -> str:
    """The text of the file."""
    environment = Environment(  # noqa: S701 - a plain text, nothing to escape
        loader=FileSystemLoader(template_folder()), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("archive/readme.txt.j2").render(
        label=label,
        label_lines=labels.told(label),
        scores=labels.scores(label),
        example=_example(scorecards, scheme),
        year=scheme.year,
        at=layout,
    )


def _example(scorecards: Mapping[str, Any], scheme: Scheme) -> dict[str, Any] | None:
    """The first leaf that lost or earned something and is worked out by adding alone, neither floored nor capped."""
    for department, card in scorecards.items():
        for node in card["nodes"]:
            under = (entry for entry in card["findings"] if entry["code"] == node["code"])
            changes = [entry for entry in under if entry.get("stands", True)]
            if not changes or node["status"] != "scored" or not all(map(_is_plain, changes)):
                continue
            opening = scheme.leaf(node["code"]).opening
            added = opening + sum(exact(entry["points"]) for entry in changes)
            if added == exact(node["score"]):
                return {
                    "department": department,
                    "ledger": department_files(department, scheme.year).excel,
                    "code": node["code"],
                    "name": node["name"],
                    "opening": shown(opening),
                    "changes": [(found["id"], signed(exact(found["points"]))) for found in changes],
                    "sum": shown(added),
                    "full": shown(exact(node["max"])),
                    "score": shown(exact(node["score"])),
                }
    return None


def _is_plain(finding: Mapping[str, Any]) -> bool:
    return bool(finding["effect"] == CHANGE and finding["points"] and not finding.get("bonus"))
