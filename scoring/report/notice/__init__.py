"""整改通知书: what a department has to correct, computed once, then written as HTML, PDF and Word."""

from scoring.report.notice.content import Issue, Notice, notice_of
from scoring.report.notice.files import files_of, files_of_reply, remove_notice, write_notice
from scoring.report.notice.reply import Reply, reply_to

__all__ = [
    "Issue",
    "Notice",
    "Reply",
    "files_of",
    "files_of_reply",
    "notice_of",
    "remove_notice",
    "reply_to",
    "write_notice",
]
