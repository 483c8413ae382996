"""整改通知书: what a department has to correct, computed once, then written as HTML, PDF and Word."""

from scoring.report.notice.content import Notice, notice_of
from scoring.report.notice.files import remove_notice, write_notice

__all__ = ["Notice", "notice_of", "remove_notice", "write_notice"]
