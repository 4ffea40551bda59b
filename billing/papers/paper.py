"""The frame of every paper: A4, a running head, page x of y, tables whose head is repeated."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import segno
from django.utils.translation import gettext as _
from reportlab.lib.colors import Color, HexColor, black
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Spacer, Table

from bags.qr import draw_qr
from billing.papers.text import PRINTING, UNPRINTABLE, Word, lacks, lines

MARGIN = 15 * mm
GREY = HexColor("#555555")
LINE = HexColor("#bbbbbb")
SHADE = HexColor("#eeeeee")
LEADING = 1.4


@dataclass(frozen=True, slots=True)
class Look:
    """How a text stands: `size` in points; `align` is left, right or centre."""

    size: float = 9
    bold: bool = False
    align: str = "left"
    colour: Color = black


class Words(Flowable):
    """A text in any script, broken to the width that it gets."""

    def __init__(self, text: str, look: Look) -> None:
        super().__init__()
        self.text, self.look = text, look

    def wrap(self, available: float, _height: float) -> tuple[float, float]:
        look = self.look
        self.lines = lines(self.text, bold=look.bold, size=look.size, width=available)
        self.width, self.height = available, len(self.lines) * look.size * LEADING
        return self.width, self.height

    def draw(self) -> None:
        look = self.look
        for number, line in enumerate(self.lines):
            spare = self.width - line.width * look.size
            left = {"left": 0.0, "right": spare, "centre": spare / 2}[look.align]
            baseline = self.height - (number * LEADING + 1.05) * look.size
            write(self.canv, left, baseline, line, look)


class Code(Flowable):
    """A QR code that holds `text`, `side` points wide, its quiet zone included."""

    def __init__(self, text: str, side: float) -> None:
        super().__init__()
        self.matrix = segno.make(text, error="m", micro=False).matrix
        self.width = self.height = self.side = side

    def draw(self) -> None:
        module = self.side / (len(self.matrix) + 8)
        draw_qr(self.canv, self.matrix, x=4 * module, y=self.side - 4 * module, module=module)


def write(canvas: Canvas, x: float, y: float, line: Word, look: Look) -> None:
    """Draw a line from `x` on. Shaped runs carry what they mean, so that readers can search and copy it."""
    canvas.setFillColor(look.colour)
    canvas.addLiteral(f"/Span <</ActualText <FEFF{line.text.encode('utf-16-be').hex().upper()}>>> BDC")
    for run in line.runs:
        out = canvas.beginText(x, y)
        out.setFont(run.font, look.size)
        out.textOut(run.text)
        canvas.drawText(out)
        x += run.width * look.size
    canvas.addLiteral("EMC")


class Paper:
    """A paper in the making. `head` and `foot` stand on every page; `lies` turns it on its side."""

    def __init__(self, *, title: str, head: str, foot: str, lies: bool = False) -> None:
        self.title, self.head, self.foot = title, head, foot
        self.size = landscape(A4) if lies else A4
        self.width = self.size[0] - 2 * MARGIN
        self._lacking = lacks(f"{title}{head}{foot}")

    def words(self, text: Any, **look: Any) -> Words:
        told = str(text)
        self._lacking |= lacks(told)
        return Words(told, Look(**look))

    def heading(self, text: str) -> Words:
        """Stays on the page of what follows."""
        words = self.words(text, size=12, bold=True)
        words.keepWithNext = 1
        return words

    def table(
        self,
        head: Sequence[str],
        rows: Iterable[Sequence[Any]],
        *,
        widths: Sequence[float],
        numbers: Sequence[int] = (),
        total: Sequence[Any] | None = None,
    ) -> Table:
        """`widths` are shares of the page's width, `numbers` the columns that stand to the right."""
        align = ["right" if column in numbers else "left" for column in range(len(head))]

        def line(cells: Sequence[Any], *, bold: bool = False) -> list[Words]:
            return [
                self.words(cell, align=where, bold=bold) for cell, where in zip(cells, align, strict=True)
            ]

        body = [line(head, bold=True), *(line(row) for row in rows)]
        style: list[tuple[Any, ...]] = [
            ("BACKGROUND", (0, 0), (-1, 0), SHADE),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            *_padding(horizontal=4, vertical=1.5),
        ]
        if total:
            body.append(line(total, bold=True))
            style.append(("LINEABOVE", (0, -1), (-1, -1), 1, black))
        shares = [share / sum(widths) * self.width for share in widths]
        return Table(body, colWidths=shares, repeatRows=1, style=style)

    def grid(
        self, rows: Sequence[Sequence[Flowable]], widths: Sequence[float], extra: Sequence[Any] = ()
    ) -> Table:
        """Flowables side by side, without lines unless `extra` (table style commands) draws some."""
        shares = [share / sum(widths) * self.width for share in widths]
        style = [("VALIGN", (0, 0), (-1, -1), "TOP"), *_padding(horizontal=0, vertical=1.5), *extra]
        return Table(rows, colWidths=shares, style=style)

    def build(self, make: Callable[["Paper"], list[Flowable]]) -> bytes:
        """The finished PDF; `make` brings what stands between head and foot."""
        with PRINTING:
            story = make(self)
            if self._lacking:
                signs = " ".join(f"U+{ord(sign):04X}" for sign in sorted(self._lacking)[:20])
                text = _("Signs that our fonts do not have are printed as {sign}: {signs}")
                said = text.format(sign=UNPRINTABLE, signs=signs)
                story += [Spacer(0, 6), Words(said, Look(size=7, colour=GREY))]
            out = BytesIO()
            document = BaseDocTemplate(
                out, pagesize=self.size, title=self.title, author="TraitorTrack", creator="TraitorTrack"
            )
            height = self.size[1] - 2 * MARGIN - 10 * mm
            frame = Frame(MARGIN, MARGIN + 5 * mm, self.width, height, 0, 0, 0, 0)
            document.addPageTemplates(PageTemplate(frames=[frame], onPage=self._running))
            document.build(story, canvasmaker=_counting(self))
            return out.getvalue()

    def _running(self, canvas: Canvas, _document: BaseDocTemplate) -> None:
        self._beside(canvas, self.size[1] - MARGIN, self.head)
        self._beside(canvas, MARGIN - 2 * mm, self.foot)

    def number_page(self, canvas: Canvas, page: int, pages: int) -> None:
        told = _("Page {page} of {pages}").format(page=page, pages=pages)
        self._beside(canvas, MARGIN - 2 * mm, told, align="right")

    def _beside(self, canvas: Canvas, y: float, text: str, align: str = "left") -> None:
        look = Look(size=8, colour=GREY)
        line = lines(text, bold=False, size=look.size, width=self.width)[0]
        x = MARGIN if align == "left" else MARGIN + self.width - line.width * look.size
        write(canvas, x, y, line, look)


def _counting(paper: Paper) -> type[Canvas]:
    """A canvas that keeps its pages until it knows how many there are."""

    class Counting(Canvas):
        def __init__(self, *args: Any, **rest: Any) -> None:
            super().__init__(*args, **rest)
            self.kept: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's name
            self.kept.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            kept = self.kept
            for number, state in enumerate(kept, start=1):
                self.__dict__.update(state)
                paper.number_page(self, number, len(kept))
                super().showPage()
            super().save()

    return Counting


def _padding(*, horizontal: float, vertical: float) -> list[tuple[Any, ...]]:
    sides = {"LEFT": horizontal, "RIGHT": horizontal, "TOP": vertical, "BOTTOM": vertical}
    return [(f"{side}PADDING", (0, 0), (-1, -1), points) for side, points in sides.items()]
