"""From a finished page to a PDF for the archive: A4, PDF/A-3a, PDF/UA-1, the same bytes every time."""

import hashlib
import io
import logging
import warnings
from codecs import BOM_UTF16_BE
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, Final, Literal

from scoring.environment import environment
from scoring.report import svgmemory, tagging

#: Where HarfBuzz-Subset is missing fontTools cuts fonts down, and would write the time into them.
_NO_TIME: Final = {"SOURCE_DATE_EPOCH": "0"}

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
        The file's name as the reader sees it.
    content
        Its bytes.
    description
        What it is, in a few words.
    relationship
        What it is to the report (PDF's ``AFRelationship``).
    media_type
        Its format.
    """

    name: str
    content: bytes
    description: str
    relationship: Relationship = "Source"
    media_type: str = "application/octet-stream"


def require_pango() -> Any:
    """Import WeasyPrint and give it; raise PangoMissing where its libraries are not installed.

    Without HarfBuzz-Subset it warns that it cuts its fonts down more slowly; an analyst need not know.
    """
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "HarfBuzz-Subset", DeprecationWarning)
            import weasyprint
    except OSError as error:
        raise PangoMissing from error
    svgmemory.remember()
    return weasyprint


@cache
def has_pango() -> bool:
    """Whether this machine can lay out PDFs."""
    try:
        require_pango()
    except PangoMissing:
        return False
    return True


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
        PDF/A-3a and PDF/UA-1, with bookmarks. The same arguments give the same bytes.

    Raises
    ------
    PangoMissing
        Pango is not installed.
    """
    weasyprint = require_pango()
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    page = weasyprint.HTML(string=html, url_fetcher=weasyprint.urls.URLFetcher(allowed_protocols={"data"}))
    by_name = sorted(attached, key=lambda file: _pdf_text(file.name))  # PDF wants its tree of names in order
    options = {
        "pdf_variant": "pdf/a-3a",
        "finisher": partial(_finish, by_name),
        "pdf_identifier": _identifier(html),
        "attachments": [_attachment(weasyprint, file, date) for file in by_name],
    }
    with environment(_NO_TIME), warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # WeasyPrint leaves its colour profile open
        data: bytes = page.write_pdf(**options)
    return data


def _identifier(html: str) -> bytes:
    return hashlib.sha256(html.encode("utf-8")).hexdigest()[:32].encode("ascii")


def _finish(attached: Sequence[Attached], document: Any, made: Any) -> None:
    """Mend what WeasyPrint made, before it is written."""
    tagging.mend(document, made)
    if attached:
        _mend_attachments(attached, made)


def _mend_attachments(attached: Sequence[Attached], made: Any) -> None:
    """Give each file its format, for which WeasyPrint asks the system, a name in PDF's own text, one ``AF`` entry."""
    names = _object(made, made.catalog["Names"]["EmbeddedFiles"])["Names"]
    made.catalog["AF"][:] = names[1::2]
    for place, file in enumerate(attached):
        described = _object(made, names[2 * place + 1])
        described["F"] = names[2 * place] = described["UF"]
        content = _object(made, described["EF"]["F"])
        content.extra["Subtype"] = f"/{file.media_type.replace('/', '#2f')}"


def _object(made: Any, reference: bytes) -> Any:
    return made.objects[int(reference.split()[0])]


def _pdf_text(text: str) -> bytes:
    """A text as PDF writes it (ISO 32000-1, 7.9.2.2)."""
    return text.encode("ascii") if text.isascii() else BOM_UTF16_BE + text.encode("utf-16-be")


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
