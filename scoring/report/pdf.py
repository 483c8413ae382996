"""From a finished page to a PDF for the archive: A4, PDF/A-3b, tagged, the same bytes every time."""

import hashlib
import io
import logging
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from scoring.report import svgmemory

Relationship = Literal["Source", "Data", "Alternative", "Supplement", "Unspecified"]


class PangoMissing(RuntimeError):
    """The library Pango, which lays out the PDF, is not on this machine."""

    def __init__(self) -> None:
        super().__init__(
            "未生成 PDF：本机缺少排版库 Pango。请安装后重试："
            "Debian/Ubuntu 执行 apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0；"
            "Fedora 执行 dnf install pango；macOS 执行 brew install pango；"
            "Windows 执行 conda install -c conda-forge pango（或用 MSYS2 安装 mingw-w64-x86_64-pango）。"
            "其他格式不受影响。"
        )


@dataclass(frozen=True)
class Attached:
    """A file that travels inside the PDF.

    Attributes
    ----------
    name
        The file's name as the reader sees it; readers that know no ``UF`` show ASCII only.
    content
        Its bytes.
    description
        What it is, in a few words.
    relationship
        What it is to the report (PDF's ``AFRelationship``).
    """

    name: str
    content: bytes
    description: str
    relationship: Relationship = "Source"


def require_pango() -> Any:
    """Import WeasyPrint and give it; raise PangoMissing where its libraries are not installed."""
    try:
        import weasyprint
    except OSError as error:
        raise PangoMissing from error
    svgmemory.remember()
    return weasyprint


def write_pdf(html: str, *, date: str | None = None, attached: Iterable[Attached] = ()) -> bytes:
    """Lay a page out as a PDF.

    Parameters
    ----------
    html
        A whole page that needs nothing from outside; its title, author, language and dates become the PDF's.
    date
        Day of the report (ISO), the date that attached files get; 1970-01-01 without.
    attached
        Files to put inside.

    Returns
    -------
    bytes
        PDF/A-3b with tags and bookmarks. The same arguments give the same bytes.

    Raises
    ------
    PangoMissing
        Pango is not installed.
    """
    weasyprint = require_pango()
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    page = weasyprint.HTML(string=html, url_fetcher=weasyprint.urls.URLFetcher(allowed_protocols={"data"}))
    by_name = sorted(attached, key=lambda file: file.name.encode("utf-8"))  # PDF wants its tree of names in order
    options = {
        "pdf_variant": "pdf/a-3b",
        "pdf_tags": True,
        "finisher": _name_attachments_once,
        "pdf_identifier": _identifier(html),
        "attachments": [_attachment(weasyprint, file, date) for file in by_name],
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # WeasyPrint leaves its colour profile open
        data: bytes = page.write_pdf(**options)
    return data


def _identifier(html: str) -> bytes:
    return hashlib.sha256(html.encode("utf-8")).hexdigest()[:32].encode("ascii")


def _name_attachments_once(_document: Any, made: Any) -> None:
    """Mend the catalogue's list of files, in which WeasyPrint names each twice."""
    if "AF" in made.catalog:
        made.catalog["AF"][:] = dict.fromkeys(made.catalog["AF"])


def _attachment(weasyprint: Any, file: Attached, date: str | None) -> Any:
    day = datetime.fromisoformat(date or "1970-01-01").replace(tzinfo=UTC)
    return weasyprint.Attachment(
        file_obj=io.BytesIO(file.content),
        name=file.name,
        description=file.description,
        created=day,
        modified=day,
        relationship=file.relationship,
    )
