"""The two nbconvert exporters: a notebook to one self-contained HTML page, and the same page to PDF.

``jupyter nbconvert --to scorecard-html`` and ``--to scorecard-pdf`` find them by their entry points; a batch makes
one exporter and uses it again and again. What the page says comes from the notebook's metadata:

    "scorecard": {"title": ..., "department": ..., "year": ..., "subject": ..., "author": ..., "date": ...,
                  "sample": true}

All are optional. ``date`` is the day of the report (ISO) and becomes the date of the PDF; ``sample`` puts 示例数据 on
top of the page and on every page of the PDF.
"""

import html as html_escapes
import re
from copy import deepcopy
from pathlib import Path
from typing import Any, ClassVar

from jinja2 import Template
from markupsafe import Markup
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from traitlets import default
from traitlets.config import Config

from scoring.report import figures, markup, pdf
from scoring.report.fontface import Packing, font_faces, is_shown
from scoring.report.fonts import FAMILY

TEMPLATE = "scorecard"
FONT_MARK = "/*font-faces*/"


def template_folder() -> Path:
    """Give the folder of templates: inside the installed package, or beside it in a working copy."""
    package = Path(__file__).resolve().parents[1]
    return next(folder for folder in (package / "templates", package.parent / "templates") if folder.is_dir())


class ScorecardHTMLExporter(TemplateExporter):
    """A notebook's Markdown and outputs as one HTML file that asks for nothing from outside."""

    export_from_notebook = "网站考核报告 (HTML)"
    output_mimetype = "text/html"
    packing: ClassVar[Packing] = "woff"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    @default("template_extension")
    def _template_extension_default(self) -> str:
        return ".html.j2"

    @default("template_name")
    def _template_name_default(self) -> str:
        return TEMPLATE

    @default("extra_template_basedirs")
    def _extra_template_basedirs_default(self) -> list[str]:
        return [str(template_folder())]

    @property
    def default_config(self) -> Config:
        """Take the first of these kinds that an output has; errors, scripts and widgets are none of them."""
        kinds = ["text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/plain"]
        own = Config({"NbConvertBase": {"display_data_priority": kinds}})
        own.merge(super().default_config)
        own.NbConvertBase.display_data_priority = kinds
        return own

    def default_filters(self) -> Any:
        """Give nbconvert's filters and those of the scorecard template."""
        yield from super().default_filters()  # type: ignore[no-untyped-call]
        yield "markdown_page", _markdown
        yield "svg_image", figures.svg_image
        yield "picture", figures.picture
        yield "css_string", css_string

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[Any, dict[str, Any]]:
        """Give the page of a notebook.

        Returns
        -------
        tuple
            The page as text, and nbconvert's resources.

        Raises
        ------
        scoring.report.fontface.MissingGlyph
            A character that the font lacks.
        scoring.report.figures.MissingAltText
            A chart without words.
        """
        page, resources = self._page(nb, resources, **kwargs)
        return with_fonts(page, self.packing), resources

    def _page(self, nb: NotebookNode, resources: dict[str, Any] | None, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        """Give the page without its fonts."""
        body, resources = super().from_notebook_node(nb, resources, **kwargs)
        resources["output_extension"] = self.file_extension
        told = deepcopy(dict(nb.metadata.get("scorecard", {})))
        frame: Template = self.environment.get_template("page.html.j2")
        return frame.render(body=Markup(markup.clean(body)), about=_about(told), family=FAMILY), resources  # noqa: S704


class ScorecardPDFExporter(ScorecardHTMLExporter):
    """The same page as PDF/A-3b.

    ``resources["scorecard_attached"]``, a list of :class:`scoring.report.pdf.Attached`, goes inside the PDF.
    """

    export_from_notebook = "网站考核报告 (PDF)"
    output_mimetype = "application/pdf"
    packing: ClassVar[Packing] = "opentype"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".pdf"

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[bytes, dict[str, Any]]:
        """Give the PDF of a notebook, and nbconvert's resources.

        Raises
        ------
        scoring.report.pdf.PangoMissing
            Pango is not installed.
        """
        pdf.require_pango()
        page, resources = super().from_notebook_node(nb, resources, **kwargs)
        date = nb.metadata.get("scorecard", {}).get("date")
        return pdf.write_pdf(page, date=date, attached=resources.get("scorecard_attached", ())), resources


def with_fonts(page: str, packing: Packing) -> str:
    """Put into a page the fonts that it needs; raise MissingGlyph for a character that they lack."""
    text = html_escapes.unescape(_PACKED.sub("", page))
    return page.replace(FONT_MARK, font_faces(filter(is_shown, set(text)), packing), 1)


def css_string(text: object) -> Markup:
    """Write any text as a CSS string in which nothing is special, neither to CSS nor to HTML."""
    letters = (c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in str(text))
    return Markup('"' + "".join(letters) + '"')  # noqa: S704


_PACKED = re.compile(r"data:[a-z/+]+;base64,[A-Za-z0-9+/=]+")


def _markdown(source: str) -> str:
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    rendered: str = MarkdownWithMath(renderer=renderer).render(source)
    return rendered


def _about(told: dict[str, Any]) -> dict[str, Any]:
    """Fill in what the notebook did not say about itself."""
    year = f"{told['year']}年度" if told.get("year") else ""
    department = told.get("department") or ""
    return {
        "author": "网站管理工作绩效考核",
        "title": f"{department}{year}网站考核报告",
        "subject": "",
        "date": None,
        "sample": False,
        **{key: value for key, value in told.items() if value is not None},
        "department": department,
        "year": year,
    }
