"""Section 3.4: 网站普查."""

from __future__ import annotations

from scoring.engine.rulekit import Clause, Evidence, Found, rule


def _censures(evidence: Evidence, clause: Clause) -> Found:
    rows = clause.rows(evidence, "censures")
    names = rows["source"] + rows["kind"]
    for finding in clause.leaf.findings:
        yield clause.change(finding, rows[names == finding], at="censures")


@rule("3.4.1")
def circulars(evidence: Evidence, clause: Clause) -> Found:
    """通过统计市直各部门政府网站被国办、省政府办公厅、市电子政务办通报的次数全年累计扣分。

    被国办通报每次扣10分，被省办公厅通报每次扣6分，被市电子政办通报次扣4分。

    Rows of 通报曝光, by their 来源.
    """
    yield from _censures(evidence, clause)


@rule("3.4.2")
def exposures(evidence: Evidence, clause: Clause) -> Found:
    """通过统计市直各部门政府网站被中国政府网、省政府门户网站、市党政门户网站“我为政府网站找错”栏目中曝光的问题网站全年
    累计扣分。

    被中国政府网曝光每次扣10分，被省政府门户网站曝光每次扣6分，被市党政门户网站曝光每次扣4分。

    Rows of 通报曝光, by their 来源.
    """
    yield from _censures(evidence, clause)
