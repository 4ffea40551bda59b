"""What labels are printed on, in mm. Pure.

The grids are those of label sheets that are sold everywhere; a roll is one label after another.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

A4 = (210.0, 297.0)


@dataclass(frozen=True, slots=True)
class Layout:
    """Labels on a page: `left` and `top` are the margins before the first, `gap` lies between columns."""

    page: tuple[float, float]
    columns: int
    rows: int
    label: tuple[float, float]
    left: float = 0.0
    top: float = 0.0
    gap: float = 0.0

    @property
    def places(self) -> int:
        return self.columns * self.rows

    def corners(self) -> Iterator[tuple[float, float]]:
        """The upper left corner of each label, from the page's upper left corner, in reading order."""
        width, height = self.label
        for row in range(self.rows):
            for column in range(self.columns):
                yield self.left + column * (width + self.gap), self.top + row * height


GRIDS = {
    "a4-2x4": Layout(A4, 2, 4, (99.1, 67.7), 4.65, 13.1, 2.5),
    "a4-2x7": Layout(A4, 2, 7, (99.1, 38.1), 4.65, 15.15, 2.5),
    "a4-3x7": Layout(A4, 3, 7, (63.5, 38.1), 7.25, 15.15, 2.5),
    "a4-3x8": Layout(A4, 3, 8, (70.0, 37.0), 0.0, 0.5),
    "a4-3x8-gap": Layout(A4, 3, 8, (63.5, 33.9), 7.25, 12.9, 2.5),
    "a4-4x10": Layout(A4, 4, 10, (48.5, 25.4), 8.0, 21.5),
    "a4-5x13": Layout(A4, 5, 13, (38.1, 21.2), 4.75, 10.7, 2.5),
}
ROLL = "roll"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A grid's name or ROLL with the size of its labels; the place at which to begin, counted from 1; and how
    far to move everything to the right and down, because a printer draws it in too far."""

    layout: str
    size: tuple[float, float] | None = None
    start: int = 1
    right: float = 0.0
    down: float = 0.0

    @property
    def grid(self) -> Layout:
        return Layout(self.size, 1, 1, self.size) if self.size else GRIDS[self.layout]

    @property
    def facts(self) -> dict[str, Any]:
        """As it is kept with a printing."""
        width, height = self.grid.label
        return {
            "layout": self.layout,
            "width": width,
            "height": height,
            "start": self.start,
            "right": self.right,
            "down": self.down,
        }
