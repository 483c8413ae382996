"""The label of an archive: what it is, what it lacks, who signed it, what it replaces; and 归档说明.txt about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from importlib import metadata
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from scoring.archive import layout
from scoring.archive.seal.readiness import Readiness
from scoring.archive.sign import SigningKey
from scoring.base.points import exact, shown_range
from scoring.engine.ranking import PROVISIONAL
from scoring.report.places import template_folder

#: The program's name, as its package has it.
PACKAGE: Final = "site-audit-workbook"
#: What the label repeats of a scorecard.
REPEATED: Final = ("department", "status", "qualified", "total", "range", "sample")


def label_of(ready: Readiness, key: SigningKey | None, replaces: Mapping[str, str] | None) -> dict[str, Any]:
    """The label as ``archive-label/2``; ``replaces`` has name and identifier of the archive that it corrects."""
    run, scheme = ready.run, ready.run.scheme
    return {
        "schema": "archive-label/2",
        "title": f"{scheme.city}{scheme.year_words}网站考核归档",
        "city": scheme.city,
        "year": scheme.year,
        "scheme": {"name": scheme.folder.name, "title": scheme.title, "since": scheme.since},
        "listed": bool(run.departments),
        "complete": not ready.causes,
        "lacking": [asdict(cause) for cause in ready.causes],
        "signed_by": key and {"public_key": key.public, "fingerprint": key.fingerprint},
        "replaces": replaces,
        "departments": [result_of(card) for card in ready.scorecards.values()],
        "program": {
            "name": PACKAGE,
            "version": metadata.version(PACKAGE),
            "digest": run.basis.code,
            "digests": asdict(run.basis),
        },
    }


def result_of(card: Mapping[str, Any]) -> dict[str, Any]:
    """What the label says of a department."""
    return {key: card[key] for key in REPEATED}


def lines_of(label: Mapping[str, Any]) -> list[str]:
    """The label in Chinese, line by line."""
    lacking, signer, replaces, scheme = label["lacking"], label["signed_by"], label["replaces"], label.get("scheme")
    replaced = replaces and f"替代 {replaces['name']}（归档编号 {replaces['identifier']}）"
    return [
        *([f"方　案：{scheme['title']}（{scheme['name']}，{scheme['since']} 年起施行）"] if scheme else []),
        f"完整性：{'完整' if label['complete'] else f'不完整，原因 {len(lacking)} 项：'}",
        *(f"　　　　{entry['of']}：{entry['message']}" for entry in lacking),
        f"签　名：{signer['fingerprint'] if signer else '未签名（能改写本文件夹的人也能重做封条）'}",
        f"更　正：{replaced or '不替代其他归档'}",
    ]


# --- 归档说明.txt -----------------------------------------------------------------------------------------------------


def readme_of(label: Mapping[str, Any]) -> str:
    """The text of 归档说明.txt: what lies where, and how to check it by hand and with the program."""
    environment = Environment(  # noqa: S701 - plain text: nothing to escape
        loader=FileSystemLoader(template_folder()), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("archive/readme.txt.j2").render(
        label=label,
        label_lines=lines_of(label),
        scores=[_result_line(entry) for entry in label["departments"]],
        is_gate=all(entry["range"] is None for entry in label["departments"]),
        year=label["year"],
        at=layout,
    )


def _result_line(entry: Mapping[str, Any]) -> str:
    points = f"　{shown_range(*map(exact, entry['range']))} 分" if entry["range"] else ""
    return (
        f"{entry['department']}{points}"
        + ("　未定" if entry["status"] == PROVISIONAL else "")
        + {True: "　合格", False: "　不合格", None: ""}[entry["qualified"]]
        + ("　（示例数据）" if entry["sample"] else "")
    )
