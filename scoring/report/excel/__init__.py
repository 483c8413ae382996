"""Excel workbooks in which an auditor can redo the sums: a department's 评分台账, and the city's 考核汇总.

Every total is a live formula over the ledger; the values stored beside the formulas are the engine's, for viewers
that do not recalculate.
"""

from scoring.report.excel.city import write_city
from scoring.report.excel.department import write_department

__all__ = ["write_city", "write_department"]
