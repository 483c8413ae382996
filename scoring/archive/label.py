"""The label of an archive: what it is, what it lacks, who signed it, what it replaces; for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Any, Final

from scoring.archive.sign import SigningKey
from scoring.archive.standing import Standing
from scoring.points import exact, shown_range
from scoring.ranking import PROVISIONAL
from scoring.scheme import Scheme

#: The program's name, as its package has it.
PACKAGE: Final = "site-audit-workbook"
COMPLETE, INCOMPLETE = "complete", "incomplete"


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
    scheme, basis = standing.run.scheme, standing.run.basis
    return {
        "schema": "archive-label/1",
        "title": title_of(scheme),
        "city": scheme.city,
        "year": scheme.year,
        "listed": bool(standing.run.departments),
        "complete": not standing.causes,
        "lacking": [asdict(cause) for cause in standing.causes],
        "signed_by": None if key is None else {"public_key": key.public, "fingerprint": key.fingerprint},
        "replaces": replaced and asdict(replaced),
        "departments": [
            {key: card[key] for key in ("department", "status", "qualified", "total", "range", "sample")}
            for card in standing.scorecards.values()
        ],
        "program": {
            "name": PACKAGE,
            "version": metadata.version(PACKAGE),
            "digest": basis.code,
            "digests": asdict(basis),
        },
    }


def status_of(lacking: Sequence[Mapping[str, str]]) -> str:
    """The label's completeness as bag-info.txt repeats it."""
    told = "；".join(f"{entry['of']}：{entry['told']}" for entry in lacking)
    return " ".join(f"{INCOMPLETE}（{told}）".split()) if told else COMPLETE


def told(label: Mapping[str, Any]) -> list[str]:
    """The label in Chinese, a line each."""
    lacking, signed, replaces = label["lacking"], label["signed_by"], label["replaces"]
    return [
        f"完整性：{'完整' if label['complete'] else f'不完整，原因 {len(lacking)} 项：'}",
        *(f"　　　　{entry['of']}：{entry['told']}" for entry in lacking),
        f"签　名：{signed['fingerprint'] if signed else '未签名（能改写本文件夹的人也能重做封条）'}",
        f"更　正：{_replaces(replaces) if replaces else '不替代其他归档'}",
    ]


def _replaces(replaced: Mapping[str, str]) -> str:
    return f"替代 {replaced['name']}（归档编号 {replaced['identifier']}）"


def scores(label: Mapping[str, Any]) -> list[str]:
    """The departments' results, a line each."""
    return [
        f"{entry['department']}　{shown_range(*map(exact, entry['range']))} 分"
        + ("　未定" if entry["status"] == PROVISIONAL else "")
        + {True: "　合格", False: "　不合格", None: ""}[entry["qualified"]]
        + ("　（示例数据）" if entry["sample"] else "")
        for entry in label["departments"]
    ]
