"""The two nbconvert exporters: a notebook to one self-contained HTML page, and to a PDF for the archive.

``jupyter nbconvert --to scorecard-html`` and ``--to scorecard-pdf`` find them by their entry points. The page's
metadata come from the notebook's, under ``scorecard``: see :func:`scoring.report.render.screen.about_page`.
``sample`` puts 示例数据 on top of the page and on every page of the PDF.
"""

from collections.abc import Sequence
from typing import Any, Final

from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from traitlets import default
from traitlets.config import Config

from scoring.report.notice.layout import Layout, shared_widths
from scoring.report.notice.word import Paper, docx_of
from scoring.report.places import LAB_ONLY
from scoring.report.render.document import blocks_of
from scoring.report.render.paper import Attached, pdf_of
from scoring.report.render.screen import about_page, html_of

#: Key of nbconvert's resources for the files to attach to a PDF.
ATTACHED: Final = "scorecard_attached"


class ScorecardHTMLExporter(Exporter):
    """A notebook's Markdown and outputs as one self-contained HTML file."""

    export_from_notebook = "网站考核报告 (HTML)"
    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    @property
    def default_config(self) -> Config:
        """Leave out cells meant for JupyterLab."""
        own = Config({"TagRemovePreprocessor": {"enabled": True, "remove_cell_tags": {LAB_ONLY}}})
        own.merge(super().default_config)
        return own

    def from_notebook_node(  # type: ignore[override] # nbconvert annotates NotebookNode, but exporters return text
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[str | bytes, dict[str, Any]]:
        """The page of a notebook, and nbconvert's resources.

        Raises
        ------
        scoring.report.render.document.MissingAltText
            For a picture without alternative text.
        """
        nb, resources = super().from_notebook_node(nb, resources, **kwargs)
        resources["output_extension"] = self.file_extension
        return self._presented(nb, resources.get(ATTACHED, ())), resources

    def _presented(self, nb: NotebookNode, attached: Sequence[Attached]) -> str | bytes:
        del attached
        return page_of(nb)


class ScorecardPDFExporter(ScorecardHTMLExporter):
    """The page as PDF/A-3a and PDF/UA-1.

    ``resources["scorecard_attached"]``, a list of :class:`scoring.report.render.paper.Attached`, goes into the PDF.
    """

    export_from_notebook = "网站考核报告 (PDF)"
    output_mimetype = "application/pdf"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".pdf"

    def _presented(self, nb: NotebookNode, attached: Sequence[Attached]) -> str | bytes:
        return paper_of(nb, attached)


def page_of(nb: NotebookNode) -> str:
    """The page of an executed notebook, as HTML."""
    return html_of(blocks_of(nb), about_page(nb.metadata.get("scorecard", {})))


def paper_of(nb: NotebookNode, attached: Sequence[Attached] = ()) -> bytes:
    """The page of an executed notebook, as PDF."""
    return pdf_of(blocks_of(nb), about_page(nb.metadata.get("scorecard", {})), attached)


def word_of(nb: NotebookNode) -> bytes:
    """The page of an executed notebook, as a Word file; its sizes are those that its metadata give for paper."""
    about = about_page(nb.metadata.get("scorecard", {}))
    layout = Layout(**about.get("sizes", {"text": 10.5, "table": 9}))
    head = (about["title"], about["date"], about["sample"], about["mark"], layout)
    return docx_of(Paper(blocks_of(nb), *head, shared_widths))
