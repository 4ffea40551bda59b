"""A file of just the rows that did not go in, with the reason beside each, to correct and import again."""

import csv
from collections.abc import Iterator
from io import StringIO

from django.utils.translation import gettext as _

from bags.importing.kinds import import_kinds
from bags.importing.models import ImportBatch, ImportProblem
from bags.importing.words import row_words
from bags.sheets import safe_text

_STEP = 2_000


def correction_pieces(batch: ImportBatch) -> Iterator[bytes]:
    """The file as CSV, in pieces: UTF-8 with the mark by which Excel knows it."""
    kind = import_kinds()[batch.kind]
    out = StringIO(newline="")
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow([*kind.columns, _("Reason")])
    for cells, problem in kind.to_correct(_all(batch)):
        reason = row_words(problem.code, problem.facts) if problem else ""
        writer.writerow([safe_text(cell) for cell in (*cells, reason)])
        if out.tell() > 1 << 16:
            yield _emptied(out)
    yield _emptied(out)


def _emptied(out: StringIO) -> bytes:
    piece = out.getvalue().encode()
    out.seek(0)
    out.truncate()
    return piece


def _all(batch: ImportBatch) -> Iterator[ImportProblem]:
    """Step by step, for no cursor of the server's may stay open behind a pool."""
    place = -1
    while step := list(batch.problems.filter(place__gt=place).order_by("place")[:_STEP]):
        yield from step
        place = step[-1].place
