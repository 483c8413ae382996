"""What the sections of the workbench are made of: HTML, messages, lists to choose from, buttons."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets

from scoring.evidence.saving import CannotSave
from scoring.report.places import NotScored
from scoring.report.render.screen import as_html, filled
from scoring.report.view.blocks import Block
from scoring.review.audit import Refused
from scoring.review.panel.state import PanelState
from scoring.scheme import SchemeError
from scoring.scheme.readings import UnknownReading

#: Errors that an analyst can put right; the message says how.
EXPECTED = (Refused, CannotSave, NotScored, UnknownReading, SchemeError)
WIDE = {"width": "auto"}
#: Room for a label of six characters.
LABEL = {"description_width": "6em"}

_log = logging.getLogger(__name__)


class Html(widgets.HTML):
    """HTML from a template, where everything is escaped."""

    def fill(self, template: str, **values: Any) -> None:
        """Show a template of ``templates/review/``."""
        self.value = filled(f"review/{template}", **values)

    def present(self, blocks: Iterable[Block]) -> None:
        """Show what a page would say."""
        self.value = as_html(list(blocks))


class Notice(Html):
    """The outcome of the last click, read out by a screen reader."""

    def say(self, *lines: str, kind: str = "done") -> None:
        """Show lines of text; ``kind`` is ``done`` or ``refused``."""
        self.fill("notice.html.j2", lines=lines, kind=kind)

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Do something that may be refused, and say why; an unexpected error is logged with its traceback."""
        self.value = ""
        try:
            yield
        except EXPECTED as error:
            self.say(*str(error).splitlines(), kind="refused")
        except Exception as error:  # noqa: BLE001 - shown, and logged with its traceback
            _log.exception("The workbench failed")
            self.say(
                f"程序出错（{type(error).__name__}：{error}）。"
                "请重新载入后再试；仍然出错的，请把这句话和运行日志报告维护人员。",
                kind="refused",
            )


class Keyboard(anywidget.AnyWidget):
    """Takes keys pressed in the workbench, but for those that a field takes; it works without being shown.

    It also turns JupyterLab's one-key shortcuts off there: else a “b” on a focused button would add a cell, and the
    arrows in a list would move from cell to cell.
    """

    taken = traitlets.List(traitlets.Unicode()).tag(sync=True)

    _esm = """
        const FIELDS = "textarea, input:not([type=checkbox]):not([type=radio]):not([type=button]), .dt-container";
        function initialize({ model }) {
            let inside = false;  // also while what had the focus is being redrawn
            function look({ target }) {
                const part = target.closest?.(".review");
                inside = Boolean(part);
                if (part) target.dataset.lmSuppressShortcuts = "true";
            }
            function press(event) {
                const { key, target } = event;
                if (!inside || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
                if (key === "Escape" && target.matches?.("textarea, input")) {
                    target.blur();
                    event.stopPropagation();
                }
                const taken = target.closest?.(FIELDS) || (target.matches?.("select") && key.startsWith("Arrow"));
                const name = key.toLowerCase();
                if (taken || !model.get("taken").includes(name)) return;
                event.preventDefault();
                event.stopPropagation();
                model.send({ key: name });
            }
            document.addEventListener("focusin", look);
            document.addEventListener("pointerdown", look);
            document.addEventListener("keydown", press, true);
            return () => {
                document.removeEventListener("focusin", look);
                document.removeEventListener("pointerdown", look);
                document.removeEventListener("keydown", press, true);
            };
        }
        export default { initialize };
    """

    def __init__(self, actions: Mapping[str, Callable[[], None]]) -> None:
        super().__init__(taken=list(actions))
        self.on_msg(lambda _, message, __: actions[message["key"]]())


class Section(widgets.VBox):
    """A section of the workbench. Its controls are hidden while there is no audit."""

    #: What an export shows for it.
    fallback = "这里是可操作的面板，请在 JupyterLab 中运行本笔记本；批量运行时，此处为静态表格。"
    #: Shows the audit; called only while there is one. Every section has its own.
    refresh: Callable[[], None]

    def __init__(
        self, state: PanelState, controls: Sequence[widgets.Widget], *, watched: Sequence[str] = ("audit",)
    ) -> None:
        looks = Html(layout={"display": "none"})
        looks.fill("looks.html.j2")
        super().__init__([looks, *controls])
        self.add_class("review")
        self.state = state
        state.observe(lambda _: self.show(), list(watched))
        self.show()

    def show(self) -> None:
        """Show the state."""
        self.layout.display = "none" if self.state.audit is None else ""
        if self.state.audit is not None:
            self.refresh()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """As a widget; an export, which shows none, gets a sentence."""
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        return bundle | {"text/html": filled("review/notice.html.j2", lines=[self.fallback], kind="fallback")}


class Choice(widgets.Dropdown):
    """A list whose options change with the state; only what the analyst chooses counts as a choice."""

    def __init__(self, chosen: Callable[[Any], None], **look: Any) -> None:
        super().__init__(**look)
        self._chosen, self._offering = chosen, False
        self.observe(self._changed, "value")

    def offer(self, options: Sequence[Any], value: Any) -> None:
        """Give the list its options and its value."""
        self._offering = True
        try:
            with self.hold_sync():
                self.options = options
                self.value = value
        finally:
            self._offering = False

    def _changed(self, change: Any) -> None:
        if not self._offering:
            self._chosen(change["new"])


def text_field(description: str, *, long: bool = False, **look: Any) -> widgets.Text | widgets.Textarea:
    """A field for text. It is sent when it is left: sent letter by letter, the click of a button could overtake it."""
    kind = widgets.Textarea if long else widgets.Text
    return kind(description=description, continuous_update=False, **look)


def button(label: str, clicked: Callable[[Any], None], style: str = "") -> widgets.Button:
    """A button as wide as its label."""
    made = widgets.Button(description=label, button_style=style, layout={"width": "auto"})
    made.on_click(clicked)
    return made
