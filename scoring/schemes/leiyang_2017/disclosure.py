"""Section 3.1: 政府信息公开."""

from __future__ import annotations

from scoring.engine.rulekit import Clause, Evidence, Found, gaps_between, rule

from .shared import faults_of


@rule("3.1.1.1", "3.1.1.2", "3.1.1.3")
def outdated_profiles(evidence: Evidence, clause: Clause) -> Found:
    """3.1.1.1 发布机构名称、机构职能、办公地址、联系电话等。

    3.1.1.2 发布本部门正副职领导照片、姓名、职务、工作分工、工作简历、办公电话等。

    3.1.1.3 发布内设机构名称、职能。

    未及时更新每次扣0.1分。

    Each 监测发现 (未及时更新) of the leaf.
    """
    yield clause.change("未及时更新", faults_of(evidence, clause, "未及时更新"), at="faults")


@rule("3.1.2", "3.1.3.1", "3.1.3.2", "3.1.4", "3.1.5")
def missed_updates(evidence: Evidence, clause: Clause) -> Found:
    """3.1.2 发布本部门重要会议、重大政务活动、业务工作相关信息、通知公告等动态信息。2周内必须有更新。

    3.1.3.1 发布本行业或本系统的国省相关的政策性文件及本部门的规范性文件。6个月以内要求要有更新。

    3.1.3.2 对本行业或本系统的国省相关的政策性文件及本部门的规范性文件进行解读。6个月以内要求要有更新。

    3.1.4 发布本部门发展规划、半年和年度工作计划、工作要点及总结。1年内必须更新。

    3.1.5 发布本部门相关人事任免、干部选拔、公务员招考、招聘及培训信息等。1年内必须更新。

    3.1.2、3.1.3.1、3.1.3.2 未按时更新每次扣0.5分

    3.1.4、3.1.5 未按时更新每次扣1分

    All columns of the 类别 together. Between neighbouring days of publication (and from the last day of the year
    before, to the day after the cut-off) every whole period that ran out is a missed update; under ``missed-update``
    = ``per-gap`` a gap counts once.
    """
    columns = clause.rows(evidence, "columns")[["department", "column"]]
    published = evidence.rows("publications").merge(columns, on=["department", "column"])
    missed = gaps_between(evidence, published.rename(columns={"published": "day"}), clause.terms["every"])
    if clause.readings["missed-update"] == "per-gap":
        missed = missed.assign(times=1)
    from_start = missed["since"] == evidence.period_start  # The evidence does not show earlier updates.
    missed = missed.assign(
        every=clause.terms["every_is"], counting=from_start.map({True: "自考核期首日起计", False: ""})
    )
    yield clause.change("未按时更新", missed, key="since", times="times")
