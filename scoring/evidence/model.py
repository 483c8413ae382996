"""The evidence that rules see: one table per sheet with all departments' rows, as known at their cut-off dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.base.tables import each_row
from scoring.evidence.attachments import Attachment
from scoring.evidence.faults import Origin
from scoring.evidence.reading.cells import shown_moment
from scoring.scheme import Scheme
from scoring.scheme.sheets import DAYS, FACTS, INSPECTED, INSPECTIONS, REVIEWS, SAMPLE, Sheet

_NOWHERE: Final = np.empty(0, dtype=np.intp)


@dataclass(frozen=True)
class Tally:
    """How many rows of a sheet were read, and how many of them count."""

    sheet: str
    read: int
    counted: int

    @property
    def left_out(self) -> int:
        """Rows outside the period."""
        return self.read - self.counted


@dataclass(frozen=True)
class Evidence:
    """Checked evidence; the scheme's year sets the period.

    Attributes
    ----------
    everything
        Sheet key to all rows: ``department``, ``row`` (int), the columns by key (dates datetime64), ``cut_off``.
        ``facts`` has one row per department, columns by key, and ``row_<key>``, the row of each item.
    origins, notices, absent
        By department: its evidence's origin, notices of reading, and the keys of the optional sheets that it lacks.
    """

    scheme: Scheme
    everything: Mapping[str, pd.DataFrame]
    origins: Mapping[str, Origin]
    notices: Mapping[str, tuple[str, ...]]
    absent: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def sources(self) -> Mapping[str, str]:
        """Department to the SHA-256 of its evidence."""
        return {department: origin.sha256 for department, origin in self.origins.items()}

    @property
    def departments(self) -> tuple[str, ...]:
        """The departments in the scheme's order."""
        return tuple(self.facts["department"])

    @cached_property
    def period_start(self) -> pd.Timestamp:
        """1 January of the year."""
        return pd.Timestamp(self.scheme.year, 1, 1)

    @cached_property
    def _counted(self) -> Mapping[str, pd.DataFrame]:
        """Rows dated in the period; dates after the cut-off are not yet known and appear as missing."""
        counted = {}
        for key, table in self.everything.items():
            sheet, rows = self.scheme.sheet(key), table
            if by := sheet.dated_by:
                rows = table[(table[by] >= self.period_start) & _known(table, by)]
            counted[key] = self._as_known(rows, sheet)
        return counted

    def _as_known(self, table: pd.DataFrame, sheet: Sheet) -> pd.DataFrame:
        """Empty the dates after the cut-off, except those of inspections and of what is done about findings."""
        if sheet.key == INSPECTIONS or sheet.of_finding:
            return table
        later = [
            column.key
            for column in (self.scheme.facts if sheet.key == FACTS else sheet.columns)
            if column.kind in DAYS and column.key not in {sheet.dated_by, "cut_off"}
        ]
        return table.assign(**{name: table[name].where(_known(table, name)) for name in later})

    def as_of(self, day: pd.Timestamp) -> Evidence:
        """The evidence as it was known at the end of an earlier day, whatever cut-off is set for it afterwards.

        Inspections stay, whenever they were made.
        """
        known = {}
        for key, table in self.everything.items():
            sheet = self.scheme.sheet(key)
            rows = table.assign(cut_off=table["cut_off"].where(table["cut_off"] <= day, day))
            by = "reviewed_on" if key == REVIEWS else sheet.dated_by
            known[key] = self._as_known(rows[_known(rows, by)] if by else rows, sheet)
        return replace(self, everything=known)

    @property
    def facts(self) -> pd.DataFrame:
        """基本信息: one row per department."""
        return self._counted[FACTS]

    def rows(self, key: str) -> pd.DataFrame:
        """The rows of a sheet that count: dated in the period, dates after the cut-off missing."""
        return self._counted[key]

    def looked_back(self, key: str) -> pd.DataFrame:
        """The rows of a sheet up to the cut-off, those before the period included, for rules that look back.

        Raises
        ------
        ValueError
            When the sheet has no ``look_back`` in the scheme.
        """
        sheet = self.scheme.sheet(key)
        if not (sheet.look_back and sheet.dated_by):
            raise ValueError(f"工作表 {key} 没有 look_back，不能取考核期以前的行")
        table = self.everything[key]
        return self._as_known(table[_known(table, sheet.dated_by)], sheet)

    def pending_inspection(self) -> pd.DataFrame:
        """(department, code) of the leaves that are not 已核查, or have no row."""
        inspections = self.everything[INSPECTIONS]
        inspected = inspections[inspections["status"] == INSPECTED]
        codes = [leaf.code for leaf in self.scheme.leaves]
        every = pd.MultiIndex.from_product([self.departments, codes], names=["department", "code"])
        done = pd.MultiIndex.from_frame(inspected[["department", "code"]])
        return every.difference(done, sort=False).to_frame(index=False)

    @cached_property
    def samples(self) -> frozenset[str]:
        """The departments whose evidence is 示例; all of them where the scheme itself is an exercise."""
        if self.scheme.exercise:
            return frozenset(self.departments)
        return frozenset(self.facts.loc[self.facts["nature"] == SAMPLE, "department"])

    def tally(self, department: str) -> list[Tally]:
        """How many rows each sheet of a department held, and how many of them count."""
        facts = len(self.scheme.facts)
        rows = (
            Tally(sheet.name, *(len(by[sheet.key].rows_of(department)) for by in (self._all, self._counting)))
            for sheet in self.scheme.rows_sheets
            if not sheet.recorded
        )
        return [Tally(self.scheme.sheet(FACTS).name, facts, facts), *rows]

    def of(self, key: str, department: str) -> pd.DataFrame:
        """A department's rows of a sheet that count; None for an empty text."""
        rows = self.rows(key).iloc[self._counting[key].rows_of(department)]
        texts = {
            str(name): values
            for name, values in rows.items()
            if name != "department" and isinstance(values.dtype, pd.StringDtype)
        }
        return rows.assign(
            **{name: values.astype(object).where(values.notna(), None) for name, values in texts.items()}
        )

    def sheets_of(self, department: str) -> Mapping[str, pd.DataFrame]:
        """Sheet key to a department's rows that count, selected on access."""
        return _SheetsOf(self, department)

    def cells(self, department: str, sheet: str, row: int) -> dict[str, str]:
        """The cells of a row, by column name, empty cells left out; ``sheet`` is the sheet's name."""
        known = self.scheme.sheet_names[sheet]
        if known.key == FACTS:
            facts = self._facts_of[department]
            item = next(fact for fact in self.scheme.facts if getattr(facts, f"row_{fact.key}") == row)
            value = getattr(facts, item.key)
            return {item.name: as_written(value) if pd.notna(value) else "（空）"}
        cells = self._all[known.key].cells(department, row)
        return {
            column.name: as_written(cells[column.key]) for column in known.columns if not pd.isna(cells[column.key])
        }

    def attachments_of(self, department: str, sheet: str, row: int) -> tuple[Attachment, ...]:
        """The files that a row names; ``sheet`` is the sheet's name."""
        return tuple(self._attached.get((department, sheet, row), ()))

    @cached_property
    def _attached(self) -> Mapping[tuple[str, str, int], Sequence[Attachment]]:
        """The files by department, sheet and row."""
        found: dict[tuple[str, str, int], list[Attachment]] = {}
        for department, origin in self.origins.items():
            for one in origin.attachments:
                for place in one.rows:
                    found.setdefault((department, *place), []).append(one)
        return found

    @cached_property
    def _facts_of(self) -> dict[str, Any]:
        return {row.department: row for row in each_row(self.everything[FACTS])}

    @cached_property
    def _all(self) -> Mapping[str, _ByDepartment]:
        return {key: _ByDepartment(table) for key, table in self.everything.items()}

    @cached_property
    def _counting(self) -> Mapping[str, _ByDepartment]:
        return {key: _ByDepartment(table) for key, table in self._counted.items()}


class _ByDepartment:
    """Finds a department's rows, or one of them, in the table of all departments."""

    def __init__(self, table: pd.DataFrame) -> None:
        at: Any = table.groupby("department", sort=False).indices
        self._at: Mapping[Any, npt.NDArray[np.intp]] = at
        self._table = table

    def rows_of(self, department: str) -> npt.NDArray[np.intp]:
        return self._at.get(department, _NOWHERE)

    def cells(self, department: str, row: int) -> dict[str, Any]:
        """The cells of a row by column key."""
        at = self._at[department]
        (found,) = at[self._columns["row"][at] == row]
        return {name: values[found] for name, values in self._columns.items()}

    @cached_property
    def _columns(self) -> Mapping[str, Any]:
        """Columns as arrays: access takes microseconds, a hundredth of a table's."""
        columns = {str(name): values.array for name, values in self._table.items()}
        return {**columns, "row": self._table["row"].to_numpy()}


@dataclass(frozen=True)
class _SheetsOf(Mapping[str, pd.DataFrame]):
    """A department's sheets, cached: a report uses each dozens of times."""

    evidence: Evidence
    department: str
    _picked: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    def __getitem__(self, key: str) -> pd.DataFrame:
        if key not in self._picked:
            self._picked[key] = self.evidence.of(key, self.department)
        return self._picked[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.evidence.everything)

    def __len__(self) -> int:
        return len(self.evidence.everything)


def as_written(value: object) -> str:
    """A cell's value as a report quotes it: dates as 2017-03-05, with the time of day where there is one."""
    return shown_moment(value) if isinstance(value, pd.Timestamp) else str(value)


def _known(table: pd.DataFrame, column: str) -> pd.Series:
    """A mask of a column's days on or before the cut-off; later ones are not yet known."""
    return table[column] < table["cut_off"] + pd.Timedelta(days=1)
