"""Years side by side, part by part, as the notebook of years calls for them. Nothing here scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import Any, Self

from scoring.comparison import Comparison, OneYear, compare, opened_years
from scoring.files import write_json
from scoring.report import charts, yearwords
from scoring.report.names import ABOUT
from scoring.report.pages import Fragment, chart_fragment, fragment


@dataclass(frozen=True)
class YearsReport:
    """The parts of the report: each year beside the one before it."""

    comparisons: tuple[Comparison, ...]

    @classmethod
    def load(
        cls,
        archives: Sequence[str | Path],
        readings: Mapping[str, Mapping[str, str]] | None = None,
        departments: str | Path = "",
    ) -> Self:
        """Open years and compare each with the one before it.

        Parameters
        ----------
        archives
            Two or more, in any order; see :func:`scoring.comparison.opened_years`.
        readings
            Year to reading to option, for folders of workbooks.
        departments
            File that lists the departments of folders of workbooks, in place of the schemes'.

        Raises
        ------
        NotComparable
            When they cannot be opened or compared.
        """
        with opened_years(archives, readings, departments) as years:
            in_order = sorted(years, key=attrgetter("year"))
            return cls(tuple(compare(before, after) for before, after in pairwise(in_order)))

    @property
    def years(self) -> tuple[OneYear, ...]:
        """Every year, the earliest first."""
        return self.comparisons[0].before, *(comparison.after for comparison in self.comparisons)

    @property
    def sample(self) -> bool:
        """Whether some of the evidence is 示例, or a scheme is an exercise."""
        return any(change.sample for comparison in self.comparisons for change in comparison.departments)

    @property
    def title(self) -> str:
        """What is compared."""
        scheme = self.years[-1].scheme
        return f"{scheme.city}部门网站考核年度对比：{'、'.join(year.scheme.year_words for year in self.years)}"

    @property
    def metadata(self) -> dict[str, Any]:
        """What the page template needs to know of the report."""
        dates = [f"{change.after.as_of:%Y-%m-%d}" for change in self.comparisons[-1].departments]
        return {
            "department": self.years[-1].scheme.city,
            "title": self.title,
            "date": max(dates),
            "sample": self.sample,
        }

    def leave(self, folder: str | Path) -> None:
        """Put :attr:`metadata` into a folder, for whoever runs the notebook."""
        write_json(Path(folder) / ABOUT, self.metadata, make_folder=False)

    def first_page(self) -> Fragment:
        """Every department's totals, what made them change, and how that is told apart."""
        return self._each("first-page", title=self.title, sample=self.sample, years=self.years)

    def causes(self) -> Fragment:
        """Chart: what made each department's score change."""
        drawn = (chart_fragment(charts.causes_of_change(comparison)).html for comparison in self.comparisons)
        return Fragment("\n".join(drawn))

    def scheme_changes(self) -> Fragment:
        """What the later scheme, and what was read into it, says otherwise."""
        return self._each("scheme-changes")

    def departments(self) -> Fragment:
        """Department by department: what changed, leaf by leaf, and why."""
        return self._each("departments")

    def _each(self, template: str, **values: Any) -> Fragment:
        """A part for every pair of years; its heading names the pair where there are several."""
        return fragment(f"years/{template}.html.j2", comparisons=self.comparisons, yearwords=yearwords, **values)
