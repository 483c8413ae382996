"""Excel workbooks in which an auditor can redo the sum: a department's 评分台账, and the city's 考核汇总.

Every total is a live formula over the ledger; the values stored beside the formulas are the engine's, so that a viewer
that does not recalculate shows them right.
"""

from scoring.report.excel.city import write_city
from scoring.report.excel.department import write_department

__all__ = ["write_city", "write_department"]
