"""The label of an archive: what it is, what it lacks, who signed it, what it replaces; for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Any, Final

from scoring.archive.readiness import Standing
from scoring.archive.sign import SigningKey
from scoring.base.points import exact, shown_range
from scoring.batch.digests import Basis
from scoring.engine.ranking import PROVISIONAL
from scoring.scheme import Scheme

#: The program's name, as its package has it.
PACKAGE: Final = "site-audit-workbook"
#: What the label repeats of a scorecard.
_REPEATED: Final = ("department", "status", "qualified", "total", "range", "sample")


@dataclass(frozen=True)
class Replaced:
    """The archive that a new one corrects."""

    name: str
    identifier: str


def title_of(scheme: Scheme) -> str:
    """What an archive of that scheme's year is called."""
    return f"{scheme.city}{scheme.year_words}网站考核归档"


def label_of(standing: Standing, key: SigningKey | None, replaced: Replaced | None) -> dict[str, Any]:
    """The label as ``archive-label/1``."""
    run = standing.run
    return {
        "schema": "archive-label/1",
        "title": title_of(run.scheme),
        "city": run.scheme.city,
        "year": run.scheme.year,
        "listed": bool(run.departments),
        "complete": not standing.causes,
        "lacking": [asdict(cause) for cause in standing.causes],
        "signed_by": key and {"public_key": key.public, "fingerprint": key.fingerprint},
        "replaces": replaced and asdict(replaced),
        "departments": [*map(result_of, standing.scorecards.values())],
        "program": program_of(run.basis),
    }


def result_of(card: Mapping[str, Any]) -> dict[str, Any]:
    """What the label says of a department, by its scorecard."""
    return {key: card[key] for key in _REPEATED}


def program_of(basis: Basis) -> dict[str, Any]:
    """What the label says of this program."""
    return {
        "name": PACKAGE,
        "version": metadata.version(PACKAGE),
        "digest": basis.code,
        "digests": asdict(basis),
    }


def info_of(label: Mapping[str, Any]) -> dict[str, str]:
    """What bag-info.txt repeats of a label, each value as one line."""
    lacking = "；".join(f"{entry['of']}：{entry['told']}" for entry in label["lacking"])
    signed, replaces = label["signed_by"], label["replaces"]
    said = {
        "External-Description": label["title"],
        "Archive-Status": f"incomplete（{lacking}）" if lacking else "complete",
        "Archive-Signed-By": signed["fingerprint"] if signed else "unsigned（未签名）",
        **({"Archive-Replaces": f"{replaces['name']} {replaces['identifier']}"} if replaces else {}),
    }
    return {name: " ".join(value.split()) for name, value in said.items()}


def told(label: Mapping[str, Any]) -> list[str]:
    """The label in Chinese, a line each."""
    lacking, signed, replaces = label["lacking"], label["signed_by"], label["replaces"]
    replaced = replaces and f"替代 {replaces['name']}（归档编号 {replaces['identifier']}）"
    return [
        f"完整性：{'完整' if label['complete'] else f'不完整，原因 {len(lacking)} 项：'}",
        *(f"　　　　{entry['of']}：{entry['told']}" for entry in lacking),
        f"签　名：{signed['fingerprint'] if signed else '未签名（能改写本文件夹的人也能重做封条）'}",
        f"更　正：{replaced or '不替代其他归档'}",
    ]


def scores(label: Mapping[str, Any]) -> list[str]:
    """The departments' results, a line each."""
    return [
        f"{entry['department']}　{shown_range(*map(exact, entry['range']))} 分"
        + ("　未定" if entry["status"] == PROVISIONAL else "")
        + {True: "　合格", False: "　不合格", None: ""}[entry["qualified"]]
        + ("　（示例数据）" if entry["sample"] else "")
        for entry in label["departments"]
    ]
