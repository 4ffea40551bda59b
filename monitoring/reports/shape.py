"""What a report is made of, whatever shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

Cell = str | int | Decimal | None


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    label: str
    is_number: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` and `total` have a cell for each column: texts, counts (int), kg (Decimal), or None.

    `addresses` has one for each row, or "", where what the row tells leads somewhere."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] | None = None
    addresses: Sequence[str] = ()

    @property
    def shown(self) -> list[list[tuple[Column, str]]]:
        """The rows as people read them, each cell with its column."""
        return [self._shown(row) for row in self.rows]

    @property
    def linked(self) -> list[tuple[list[tuple[Column, str]], str]]:
        """The rows as people read them, each with its address."""
        return list(zip(self.shown, self.addresses or [""] * len(self.rows), strict=True))

    @property
    def shown_total(self) -> list[tuple[Column, str]]:
        return self._shown(self.total or ())

    def _shown(self, row: Sequence[Cell]) -> list[tuple[Column, str]]:
        return [(column, told(cell)) for column, cell in zip(self.columns, row, strict=True)]


@dataclass(frozen=True, slots=True)
class Chart:
    """One bar for each label."""

    title: str
    labels: Sequence[str]
    values: Sequence[int | float]


@dataclass(frozen=True, slots=True)
class Report:
    """`name` stands in addresses; `about` says which days and whose work; `as_of` when it was asked for."""

    name: str
    title: str
    about: str
    as_of: datetime
    chart: Chart
    tables: Sequence[Table]


def told(cell: Cell) -> str:
    """A cell as people read it; kg with three places."""
    if cell is None:
        return "–"
    return f"{cell:.3f}" if isinstance(cell, Decimal) else str(cell)
