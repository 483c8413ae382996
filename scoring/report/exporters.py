"""The two nbconvert exporters: a notebook to one self-contained HTML page, and the same page to PDF.

``jupyter nbconvert --to scorecard-html`` and ``--to scorecard-pdf`` find them by their entry points; a batch makes
one exporter and uses it again and again. What the page says comes from the notebook's metadata:

    "scorecard": {"title": ..., "department": ..., "year": ..., "subject": ..., "author": ..., "date": ...,
                  "sample": true}

All are optional. ``date`` is the day of the report (ISO) and becomes the date of the PDF; ``sample`` puts 示例数据 on
top of the page and on every page of the PDF.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar, Final

from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from traitlets import default
from traitlets.config import Config

from scoring.report import figures, pdf
from scoring.report.fontface import Packing
from scoring.report.frame import TEMPLATE, framed, with_fonts
from scoring.report.places import LAB_ONLY, template_folder

#: Where nbconvert's resources hold the files that go inside a PDF.
ATTACHED: Final = "scorecard_attached"


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
        """Take the first of these kinds that an output has, no errors, scripts or widgets; no cell for the lab."""
        kinds = ["text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/plain"]
        lab_only = {"enabled": True, "remove_cell_tags": {LAB_ONLY}}
        own = Config({"NbConvertBase": {"display_data_priority": kinds}, "TagRemovePreprocessor": lab_only})
        own.merge(super().default_config)
        own.NbConvertBase.display_data_priority = kinds
        return own

    def default_filters(self) -> Any:
        """Give nbconvert's filters and those of the scorecard template."""
        yield from super().default_filters()  # type: ignore[no-untyped-call]
        yield "markdown_page", _markdown
        yield "svg_image", figures.svg_image
        yield "picture", figures.picture

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
        scoring.report.figures.MissingAltText
            A chart without words.
        """
        page, resources = self.page_without_fonts(nb, resources, **kwargs)
        return with_fonts(page, self.packing), resources

    def page_without_fonts(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[str, dict[str, Any]]:
        """Give the page without its fonts, and nbconvert's resources."""
        body, resources = super().from_notebook_node(nb, resources, **kwargs)
        resources["output_extension"] = self.file_extension
        return framed(body, nb.metadata.get("scorecard", {})), resources


class ScorecardPDFExporter(ScorecardHTMLExporter):
    """The same page as PDF/A-3a and PDF/UA-1.

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
        return _as_pdf(page, nb, resources.get(ATTACHED, ())), resources


@cache
def exporter() -> ScorecardHTMLExporter:
    """The exporter of this process."""
    return ScorecardHTMLExporter()


def page_and_pdf(nb: NotebookNode, attached: Sequence[pdf.Attached] = ()) -> tuple[str, bytes | None]:
    """Give what the two exporters give, the notebook converted once; None for the PDF where Pango is missing.

    Parameters
    ----------
    attached
        Files that go inside the PDF.
    """
    body, _ = exporter().page_without_fonts(nb)
    page = with_fonts(body, ScorecardHTMLExporter.packing)
    try:
        pdf.require_pango()
    except pdf.PangoMissing:
        return page, None
    return page, _as_pdf(with_fonts(body, ScorecardPDFExporter.packing), nb, attached)


def _as_pdf(page: str, nb: NotebookNode, attached: Sequence[pdf.Attached]) -> bytes:
    date = nb.metadata.get("scorecard", {}).get("date")
    return pdf.write_pdf(page, date=date, attached=attached)


def _markdown(source: str) -> str:
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    rendered: str = MarkdownWithMath(renderer=renderer).render(source)
    return rendered
