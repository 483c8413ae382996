"""The evidence that rules see: many departments' rows in one table a sheet, as known at each one's cut-off date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import pandas as pd

from scoring.evidence.schema import BY_KEY, FACTS, FACTS_SHEET, INSPECTED, SAMPLE, SHEETS, Kind
from scoring.scheme import Scheme


@dataclass(frozen=True)
class Evidence:
    """Checked evidence.

    Attributes
    ----------
    scheme
        The scheme whose year sets the period.
    everything
        Sheet key to all rows: ``department``, ``row`` (int), the columns by key (dates datetime64), ``cut_off``.
        ``facts`` has one row a department, columns by key, and ``row_<key>``, the row that each item stands in.
    sources
        Department to the SHA-256 of its workbook.
    notices
        Department to what reading left alone.
    positions
        Department to (sheet key, column key) to the column's number in its workbook, from 1.
    """

    scheme: Scheme
    everything: Mapping[str, pd.DataFrame]
    sources: Mapping[str, str]
    notices: Mapping[str, tuple[str, ...]]
    positions: Mapping[str, Mapping[tuple[str, str], int]]

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
        return MappingProxyType({key: self._in_period(key) for key in self.everything})

    def _in_period(self, key: str) -> pd.DataFrame:
        """Rows dated in the period; what is dated after the cut-off is not yet known and shows as absent."""
        table, sheet = self.everything[key], BY_KEY[key]
        if sheet.dated_by is not None:
            dated = table[sheet.dated_by]
            table = table[(dated >= self.period_start) & (dated <= table["cut_off"])]
        if key in {"inspections", "reviews"}:  # An inspection or a review of the year may be made after it.
            return table
        later = [
            column.key
            for column in (FACTS if sheet is FACTS_SHEET else sheet.columns)
            if column.kind is Kind.DATE and column.key not in {sheet.dated_by, "cut_off"}
        ]
        return table.assign(**{name: table[name].where(table[name] <= table["cut_off"]) for name in later})

    @property
    def facts(self) -> pd.DataFrame:
        """基本信息: a row a department."""
        return self._counted["facts"]

    def rows(self, key: str) -> pd.DataFrame:
        """The rows of a sheet that count: dated in the period, later dates absent."""
        return self._counted[key]

    @cached_property
    def publications_looked_back(self) -> pd.DataFrame:
        """信息发布 up to the cut-off, rows before the period included: for the look-back windows of 更新量 only."""
        table = self.everything["publications"]
        return table[table["published"] <= table["cut_off"]]

    def pending_inspection(self) -> pd.DataFrame:
        """(department, code) of the leaves that nobody inspected: not 已核查, or without a row."""
        inspections = self.everything["inspections"]
        inspected = inspections[inspections["status"] == INSPECTED]
        codes = [leaf.code for leaf in self.scheme.leaves]
        every = pd.MultiIndex.from_product([self.departments, codes], names=["department", "code"])
        return every.difference(pd.MultiIndex.from_frame(inspected[["department", "code"]]), sort=False).to_frame(
            index=False
        )

    @cached_property
    def samples(self) -> frozenset[str]:
        """The departments whose evidence is 示例."""
        return frozenset(self.facts.loc[self.facts["nature"] == SAMPLE, "department"])

    def tally(self, department: str) -> pd.DataFrame:
        """What each sheet of a department held: ``sheet``, ``read``, ``counted``, ``left_out`` rows."""
        records = []
        for sheet in SHEETS:
            read = int((self.everything[sheet.key]["department"] == department).sum())
            counted = len(self.of(sheet.key, department))
            if sheet is FACTS_SHEET:
                read = counted = len(FACTS)
            records.append((sheet.name, read, counted, read - counted))
        return pd.DataFrame(records, columns=["sheet", "read", "counted", "left_out"])

    def of(self, key: str, department: str) -> pd.DataFrame:
        """A department's rows of a sheet that count."""
        return self._of.get((key, department), self.rows(key).iloc[:0])

    @cached_property
    def _of(self) -> dict[tuple[str, str], pd.DataFrame]:
        return {
            (sheet.key, str(department)): rows
            for sheet in SHEETS
            for department, rows in self.rows(sheet.key).groupby("department", sort=False)
        }

    def position(self, department: str, sheet: str, column: str) -> int:
        """The number of a column in a department's workbook, from 1."""
        return self.positions[department][sheet, column]

    def cells(self, department: str, sheet: str, row: int) -> dict[str, str]:
        """What stands in a row, by column name, empty cells left out; ``sheet`` is the sheet's name."""
        if sheet == FACTS_SHEET.name:
            return self._fact_cells(department, row)
        key = next(known.key for known in SHEETS if known.name == sheet)
        found = self._by_row[key].loc[[(department, row)]].iloc[0]
        return {
            column.name: as_written(found[column.key]) for column in BY_KEY[key].columns if pd.notna(found[column.key])
        }

    def _fact_cells(self, department: str, row: int) -> dict[str, str]:
        facts = self.everything["facts"].set_index("department").loc[department]
        item = next(fact for fact in FACTS if facts[f"row_{fact.key}"] == row)
        value = facts[item.key]
        return {item.name: as_written(value) if pd.notna(value) else "（空）"}

    @cached_property
    def _by_row(self) -> dict[str, pd.DataFrame]:
        return {sheet.key: self.everything[sheet.key].set_index(["department", "row"]) for sheet in SHEETS[1:]}


def as_written(value: object) -> str:
    """A cell's value as a report quotes it: dates as 2017-03-05, the rest as it stood."""
    return value.strftime("%Y-%m-%d") if isinstance(value, pd.Timestamp) else str(value)
