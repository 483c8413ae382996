"""Scorecards and rankings are compared entry by entry; what differs is named in Chinese."""

from __future__ import annotations

import json
from typing import Any

from scoring.archive.seal.bag import Sealed
from scoring.archive.verify.differences import _NAMES, json_differences


def found(before: Any, after: Any) -> list[str]:
    return [f"{where}：{message}" for where, message in json_differences(before, after)]


def test_scorecards() -> None:
    before = {"department": "人社局", "nodes": [{"code": "3.2.1", "name": "信箱", "score": 4.5}], "total": None}
    after = {**before, "nodes": [{"code": "3.2.1", "name": "信箱", "score": None}, {"code": "3.4", "name": "普查"}]}
    assert found(before, before) == []
    assert found(before, after) == [
        "3.2.1 信箱 得分：归档 4.5，现为 无",
        '3.4 普查：归档 没有，现为 {"code": "3.4", "name": "普查"}',
    ]


def test_every_key_has_a_name(sealed: Sealed) -> None:
    """Keys of scorecards and rankings, except names of readings and of evidence columns."""
    keys: set[str] = set()

    def walk(data: object) -> None:
        for key, value in data.items() if isinstance(data, dict) else ():
            keys.add(key)
            if key not in {"readings", "cells"}:
                walk(value)
        for value in data if isinstance(data, list) else ():
            walk(value)

    for path in (sealed.folder / "data" / "结果").rglob("*.json"):
        if path.name in {"scorecard.json", "ranking.json"}:
            walk(json.loads(path.read_bytes()))
    assert keys - {"nodes"} - _NAMES.keys() == set()


def test_plain_values_are_shown_in_chinese() -> None:
    before, after = {"qualified": True, "total": None}, {"qualified": False, "total": 1}
    assert found(before, after) == ["是否合格：归档 是，现为 否", "总分：归档 无，现为 1"]
    assert found({"rank": 1}, {"rank": True}) == ["名次：归档 1，现为 是"]


def test_keys_that_only_a_later_version_writes() -> None:
    before, after = (
        {"nodes": [{"code": "1", "score": 1}]},
        {"scheme": "x", "nodes": [{"code": "1", "score": 1, "x": 2}]},
    )
    assert list(json_differences(before, after, more=True)) == []
    after["nodes"].append({"code": "2"})
    assert [where for where, _ in json_differences(before, after, more=True)] == ["2"], "an entry of a list counts"
    assert len(list(json_differences(before, after))) == 3
