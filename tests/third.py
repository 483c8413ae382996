"""Evidence for the third scheme (虚构示例): a department without loss, one with vetoes, one with a pending leaf."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from evidence_builder import Evidence, Row

from scoring import Scheme, load_scheme

FOLDER = Path(__file__).parent / "schemes" / "third"


def third(year: int = 2021) -> Scheme:
    """The third scheme, for a year."""
    return load_scheme(year, str(FOLDER))


def sound(department: str = "城管局", year: int = 2021) -> Evidence:
    """A workbook without any loss: 60 points. The optional column and the optional 项目 are not in it."""
    day = dt.date(year, 5, 10)
    inspected = {"状态": "已核查", "核查人": "核查一组", "核查日期": dt.date(year, 12, 28)}
    facts = {
        "部门": department,
        "年度": str(year),
        "数据性质": "示例",
        "截止日期": None,
        "管理制度": "已建立(含修订)",
        "年度总结提交日期": dt.date(year, 12, 10),
    }
    sheets: dict[str, list[Row]] = {
        "基本信息": [{"项目": item, "内容": content} for item, content in facts.items()],
        "核查情况": [{"指标": leaf.code, **inspected} for leaf in third().leaves],
        "问题清单": [],
        "信息报送": [
            {
                "报送日期": dt.date(year, 1 + n // 2, 1 + n),
                "标题": f"信息{n}",
                "结果": "录用（转发）" if n else "未录用",
            }
            for n in range(24)
        ],
        "故障工单": [outage("G-001", dt.datetime(year, 6, 1, 9, 30), dt.datetime(year, 6, 2, 17, 5))],  # noqa: DTZ001
        "巡查记录": [{"巡查日期": dt.date(year, 6, 15)}],
        "专题": [{"专题名称": "营商环境", "状态": "在用"}, {"专题名称": "旧专题", "状态": "停用"}],
        "专题更新": [{"更新日期": dt.date(year, 6, 1), "专题名称": "营商环境"}],
        "无障碍检测": [{"检测日期": day, "检测项": "图片有替代文字", "结论": "通过"}],
        "培训记录": [
            {"培训日期": day, "内容": "内容审核", "学时（小时）": 12.5},
            {"培训日期": day, "内容": "安全", "学时（小时）": 7.5},
        ],
        "复核记录": [],
    }
    headers = {sheet.name: [column.name for column in sheet.columns if not column.optional] for sheet in third().sheets}
    return Evidence(department, sheets, headers)


def outage(number: str, reported: dt.datetime, restored: dt.datetime | None, grade: str = "一般") -> Row:
    """A row of 故障工单."""
    return {"工单号": number, "报障时间": reported, "恢复时间": restored, "等级": grade}


def issue(year: int, leaf: str, kind: str, detail: str) -> Row:
    """A row of 问题清单."""
    return {"发现日期": dt.date(year, 3, 5), "考核指标": leaf, "问题类别": kind, "说明": detail}


def vetoed(department: str = "文旅局", year: int = 2021) -> Evidence:
    """A grave outage restored late, two pieces of sensitive information, an empty column, half an hour of training."""
    evidence = sound(department, year)
    evidence.sheets["故障工单"].append(
        outage("G-002", dt.datetime(year, 9, 1, 8, 0), dt.datetime(year, 9, 20, 8, 0), "重大")  # noqa: DTZ001
    )
    evidence.sheets["问题清单"] = [
        issue(year, "甲.1.2", "敏感信息", "名单含身份证号"),
        issue(year, "甲.1.2", "敏感信息", "附件含手机号"),
        issue(year, "甲.1.1", "栏目空缺", "“办事指南”为空"),
    ]
    evidence.sheets["培训记录"] = [{"培训日期": dt.date(year, 4, 1), "内容": "值班", "学时（小时）": 0.5}]
    return evidence


def unfinished(department: str = "水务局", year: int = 2021) -> Evidence:
    """Without the optional sheet; with the optional column and 项目; a topic without an update."""
    evidence = sound(department, year)
    del evidence.sheets["无障碍检测"]
    evidence.headers["问题清单"].append("截图编号")
    evidence.sheets["问题清单"] = [issue(year, "甲.1.2", "一般差错（含错别字）", "标题漏字") | {"截图编号": "T-001"}]
    evidence.sheets["专题更新"] = []
    evidence.sheets["基本信息"] += [{"项目": "满意度", "内容": 92.5}, {"项目": "满意度来源", "内容": "网上问卷"}]
    return evidence


def all_three(folder: Path, year: int = 2021) -> Path:
    """The three workbooks in a folder."""
    for evidence in (sound(year=year), vetoed(year=year), unfinished(year=year)):
        evidence.save(folder)
    return folder
