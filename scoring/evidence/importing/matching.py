"""Finds the header of an export and matches its columns and words to a sheet's, by what is stored and by synonyms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from scoring.base.characters import bare, folded, quoted
from scoring.evidence.check.rows import fits
from scoring.evidence.files import COMPARISONS
from scoring.evidence.importing.stored import COLUMNS, FIXED, WORDS, CannotImport, Section
from scoring.evidence.importing.tables import Row, Table
from scoring.evidence.reading.cells import READERS, Cell, as_text, displayed
from scoring.evidence.suggest import ticked
from scoring.scheme.sheets import Column, Sheet

#: The header is looked for among the first rows.
_FIRST_ROWS = 20
#: A list has few words; more unknown ones than this are no words but another kind of column.
_MOST_WORDS = 30


@dataclass
class Match:
    """An export's table matched to a sheet; numbers of rows and columns count from 1.

    Attributes
    ----------
    header
        Row of the header, and its cells as texts by column number.
    columns
        Key of our column to the number of theirs.
    fixed
        Key of our column to the value of every row.
    open
        Our columns that are still without one of theirs, each with what to say of it.
    """

    sheet: Sheet
    table: Table
    header: int
    headers: Mapping[int, str]
    columns: dict[str, int] = field(default_factory=dict)
    fixed: dict[str, Cell] = field(default_factory=dict)
    open: dict[str, str] = field(default_factory=dict)

    @property
    def unused(self) -> list[str]:
        """Their columns that correspond to none of ours."""
        return [quoted(text) for number, text in self.headers.items() if number not in self.columns.values()]

    def lines(self) -> Iterator[str]:
        """What corresponds to what, in Chinese."""
        where = f"工作表《{quoted(self.table.name)}》" if self.table.name else ""
        yield f"{where}第 {self.header} 行是表头，以下 {len(self.table.rows) - self.header} 行。列的对应："
        for column in self.sheet.columns:
            if column.key in self.columns:
                yield f"  {quoted(self.headers[self.columns[column.key]])} → {column.name}"
            elif column.key in self.fixed:
                yield f"  固定值“{displayed(self.fixed[column.key])}” → {column.name}"
        if self.unused:
            yield f"未使用的列：{'、'.join(self.unused)}"


def match(tables: Sequence[Table], sheet: Sheet, known: Section, asked: str) -> Match:
    """Match the table that fits best; columns that are missing or ambiguous stay open.

    Raises
    ------
    CannotImport
        When it is unclear which table is meant, none has a header, or a stored column is not there any more.
    """
    table, header = _table(tables, _names(sheet, known), asked)
    headers = {
        number: " ".join(str(cell).split())
        for number, cell in enumerate(table.rows[header - 1], start=1)
        if cell is not None and bare(str(cell))
    }
    found = Match(sheet, table, header, headers)
    by_name: dict[str, list[int]] = {}
    for number, text in headers.items():
        by_name.setdefault(bare(text), []).append(number)
    _refuse_changed(found, known, by_name)
    for column in sheet.columns:
        _match_column(found, column, known, by_name)
    for column in sheet.columns:
        other = next((one for one in sheet.columns if one.needs == column.key and one.key in found.columns), None)
        if other and column.key not in {*found.columns, *found.fixed, *found.open}:
            found.open[column.key] = (
                f"填写了{other.name}就必须有{column.name}；没有的，把“{other.name}”一行改为空，不导入"
            )
    return found


def _names(sheet: Sheet, known: Section) -> set[str]:
    """The headers to look for: those stored, else the columns' names and synonyms."""
    stored = {bare(text) for text in known.columns.values() if text}
    return stored or {bare(name) for column in sheet.columns for name in (column.name, *column.also)}


def _table(tables: Sequence[Table], names: set[str], asked: str) -> tuple[Table, int]:
    """The table with the row that has most of the names, and the number of that row."""
    if asked and not tables[0].is_text:
        titles = "、".join(f"“{quoted(table.name)}”" for table in tables)
        tables = [table for table in tables if table.name == asked]
        if not tables:
            raise CannotImport(f"文件中没有工作表“{quoted(asked)}”；现有 {titles}")
    rated = [
        (*_rated(row, names), -number, place)
        for place, table in enumerate(tables)
        for number, row in enumerate(table.rows[:_FIRST_ROWS], start=1)
    ]
    named, filled, header, place = max(rated, default=(0, 0, 0, 0))
    if line := tables[place].unpaired:
        raise CannotImport(
            f"第 {line} 行的引号不成对，或有一格过长，分不清各格；请在 Excel 或 WPS 中另存为 .xlsx 再导入"
        )
    if not named and filled <= 1:
        raise CannotImport(f"前 {_FIRST_ROWS} 行中找不到表头，不像是表格")
    rivals = sorted({place for count, *_, place in rated if count == named})
    if len(rivals) > 1 and not tables[0].is_text:
        titles = "、".join(f"“{quoted(tables[place].name)}”" for place in rivals)
        raise CannotImport(f"工作表 {titles} 都可能是要导入的；请用 --from 工作表 指定一张")
    return tables[place], -header


def _rated(row: Row, names: set[str]) -> tuple[int, int]:
    """How many of the names a row has, and how many cells are filled in."""
    cells = [bare(cell) for cell in row if isinstance(cell, str)]
    return len(names.intersection(cells)), len(cells)


def _refuse_changed(found: Match, known: Section, by_name: Mapping[str, Sequence[int]]) -> None:
    """Refuse an export that lacks a stored column, or has it twice."""
    names = {key: text for key, text in known.columns.items() if text}
    gone = [
        f"“{quoted(text)}”（{found.sheet.column(key).name}）"
        for key, text in names.items()
        if bare(text) not in by_name
    ]
    if gone:
        now = "、".join(map(quoted, found.headers.values()))
        raise CannotImport(
            f"表头变了：缺少 {COMPARISONS} 所记的列 {'、'.join(gone)}；文件现有的列：{now}。请改正对照后再导入"
        )


def _match_column(found: Match, column: Column, known: Section, by_name: Mapping[str, Sequence[int]]) -> None:
    """Match one column by what is stored, else by its own name, else by a synonym; else it stays open if required."""
    stored, own = known.columns.get(column.key), bare(column.name)
    if stored:
        names = [bare(stored)]
    elif known.fixed.get(column.key):
        found.fixed[column.key] = _constant(column, known.fixed[column.key])
        return
    elif not column.required and (stored is not None or not (known.is_new or found.sheet.unique)):
        return  # Decided once: without a key, a new column would make known rows look new.
    else:
        synonyms = dict.fromkeys(map(bare, column.also))
        names = [own] if own in by_name else [name for name in synonyms if name in by_name]
    for name in names:
        if len(by_name[name]) > 1:
            which = f"“{quoted(found.headers[by_name[name][0]])}”有 {len(by_name[name])} 列"
            numbers = "、".join(map(str, by_name[name]))
            raise CannotImport(f"表头中{which}（第 {numbers} 列），不知以哪一列为准；请先在文件中改名或删去多余的")
    if len(names) == 1:
        found.columns[column.key] = by_name[names[0]][0]
    elif names:
        several = "、".join(f"“{quoted(found.headers[by_name[name][0]])}”" for name in names)
        found.open[column.key] = f"{several}都可能是它"
    elif column.required:
        found.open[column.key] = "文件中没有这一列"


def _constant(column: Column, text: str) -> Cell:
    value = READERS[column.kind](text)
    if value is None or not fits(column, value):
        raise CannotImport(f"{COMPARISONS} 中“{FIXED}”的“{column.name}”是“{quoted(text)}”；应为：{column.expected}")
    return value


def to_fill_in(found: Match, where: str, year: int) -> Iterator[str]:
    """What to write for each open column, in Chinese."""
    for key, why in found.open.items():
        column = found.sheet.column(key)
        yield f"“{column.name}”：{why}"
        yield f'  在 [{where}."{COLUMNS}"] 中填 "{column.name}" = "文件中的列名"'
        if key == found.sheet.unique:
            continue
        example = column.example_of(year) or "…"
        yield f'  或者每一行都一样的，在 [{where}."{FIXED}"] 中填 "{column.name}" = "{example}"（{column.expected}）'
    if found.open:
        yield f"  文件中还没有用到的列：{'、'.join(found.unused) or '无'}"


class Words:
    """The words of one column of an export, as words of its list."""

    def __init__(self, column: Column, stored: Mapping[str, str]) -> None:
        self.column = column
        listed = {folded(word): word for word in (*column.choices, *(w for ws in column.pairs.values() for w in ws))}
        means = {folded(word): meant for word, meant in column.means.items()}
        self._known = {**means, **listed, **{folded(word): meant for word, meant in stored.items() if meant}}
        self.unknown: dict[str, int] = {}  # each with how often it occurs

    def read(self, cell: Cell) -> Cell:
        """The word of the list; the cell itself where it is none."""
        text = as_text(cell)
        if not isinstance(text, str):
            return cell
        word = self._known.get(folded(text)) or ticked(folded(text), self.column.choices)
        if not word and self.column.choices:
            self.unknown[text] = self.unknown.get(text, 0) + 1
        return word or cell

    @property
    def to_ask(self) -> dict[str, int]:
        """The unknown words, if they are few enough to be those of a list."""
        return self.unknown if len(self.unknown) <= _MOST_WORDS else {}


def words_to_fill_in(words: Words, where: str) -> Iterator[str]:
    """What to write for each unknown word, in Chinese."""
    column = words.column
    for word, times in words.to_ask.items():
        yield f"“{column.name}”中的“{quoted(word)}”（{times} 行）不知是什么意思"
        entry = f'在 [{where}."{WORDS}"."{column.name}"] 中填 "{quoted(word)}" = "…"'
        yield f"  {entry}，右边填 {'、'.join(column.choices)} 之一"
