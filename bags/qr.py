"""QR codes in PDFs."""

from collections.abc import Sequence
from itertools import groupby

from reportlab.pdfgen.canvas import Canvas


def draw_qr(canvas: Canvas, matrix: Sequence[Sequence[int]], *, x: float, y: float, module: float) -> None:
    """Draw the dark modules of `matrix`, each `module` points wide, from the upper left corner `x`, `y` on.
    The quiet zone is the caller's. Written as it stands in the file: reportlab's paths take ten times as long
    for a sheet of labels."""
    squares = []
    for row, modules in enumerate(matrix):
        column = 0
        for dark, run in groupby(modules):
            length = len(list(run))
            if dark:
                squares.append(f"{column} {row} {length} 1 re")
            column += length
    canvas.addLiteral(
        f"q 0 g {module:.4f} 0 0 {-module:.4f} {x:.4f} {y:.4f} cm {' '.join(squares)} f Q", escaped=0
    )
