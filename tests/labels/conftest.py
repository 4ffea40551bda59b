"""Labels to reserve and print, read back as a scanner would, and the proof that a refusal changed nothing."""

import contextlib
import uuid
from datetime import date
from itertools import pairwise

import pypdfium2
import pytest
import zxingcpp

from bags.labels import printing, reserving
from bags.labels.layouts import Paper
from bags.labels.refusal import LabelsRefused
from tests.billing.conftest import everything

A_THERMAL_PRINTER = 203  # dots per inch, the coarsest that prints labels
TESTED = date(2025, 11, 3)


@pytest.fixture
def sacks(operator):
    """sacks(10) reserves the next ten of mustard, or from `first` on."""

    def reserve(count=10, first=None, product="mustard", by="asha", key=None):
        return reserving.reserve_sacks(
            key=key or uuid.uuid4(), product=product, count=count, first=first, by=operator(by)
        )

    return reserve


@pytest.fixture
def packets(operator):
    def reserve(first="0012345", count=10, lot="MST-24-118", by="asha", key=None):
        return reserving.reserve_packets(
            key=key or uuid.uuid4(), first=first, count=count, lot=lot, tested_on=TESTED, by=operator(by)
        )

    return reserve


@pytest.fixture
def printed(operator):
    """printed(range) prints all of it, or what is named -> (the record, the PDF)."""

    def run(labels, first=None, last=None, paper=None, reason="", by="asha"):
        return printing.print_labels(
            range_id=labels.pk,
            first=first or labels.first_code,
            last=last or labels.last_code,
            paper=paper or Paper(layout="a4-3x8"),
            reason=reason,
            by=operator(by),
        )

    return run


@pytest.fixture
def refused():
    """`with refused("unknown"):` the operation inside is refused so, and changes no row at all."""

    @contextlib.contextmanager
    def check(code):
        before = everything()
        with pytest.raises(LabelsRefused) as caught:
            yield
        assert (caught.value.code, bool(caught.value.message)) == (code, True)
        assert everything() == before

    return check


def pictures(body, dpi=A_THERMAL_PRINTER):
    """The pages as a printer puts them down: black or white."""
    document = pypdfium2.PdfDocument(body)
    try:
        return [page.render(scale=dpi / 72).to_pil().convert("1", dither=0) for page in document]
    finally:
        document.close()


def codes(picture):
    """What a scanner reads on a page, with where its middle is, in mm from the upper left corner, in reading
    order."""
    dot = 25.4 / A_THERMAL_PRINTER
    found = []
    for code in zxingcpp.read_barcodes(picture.convert("L")):
        corners = code.position
        xs = [corners.top_left.x, corners.top_right.x, corners.bottom_left.x, corners.bottom_right.x]
        ys = [corners.top_left.y, corners.top_right.y, corners.bottom_left.y, corners.bottom_right.y]
        found.append((code.text, sum(xs) / 4 * dot, sum(ys) / 4 * dot))
    return sorted(found, key=lambda one: (_row(one[2], found), one[1]))


def _row(y, found):
    """How many rows lie above: codes whose middles are less than 5 mm apart stand in one."""
    heights = sorted(other for _, _, other in found if other <= y)
    return sum(below - above > 5 for above, below in pairwise(heights))


def texts(picture):
    return [text for text, _, _ in codes(picture)]
