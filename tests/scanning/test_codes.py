import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bags.scanning.codes import clean, read

CASES = [
    json.loads(line) for line in Path("../shared/data/codes.jsonl").read_text(encoding="utf-8").splitlines()
]
PRODUCTS = [
    SimpleNamespace(name="mustard", prefix="SB", digits=5),
    SimpleNamespace(name="moong", prefix="M444-", digits=5),
]
parents = st.one_of(
    st.from_regex(r"SB[0-9]{5}", fullmatch=True), st.from_regex(r"M444-[0-9]{5}", fullmatch=True)
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: ascii(case["raw"])[:40])
def test_every_case_of_the_shared_table(case):
    reading = read(case["raw"], PRODUCTS)
    told = {"kind": reading.kind, "code": reading.code, "product": reading.product, "lot": reading.lot}
    assert told == {name: case[name] for name in told}


def test_the_table_was_read():
    assert len(CASES) == 100


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_and_cleaning_twice_changes_nothing(raw):
    assert clean(clean(raw)) == clean(raw) or clean(raw).startswith("]")
    reading = read(raw, PRODUCTS)
    assert (reading.kind is None) == (reading.code is None)
    if reading.code is not None:
        assert read(reading.code, PRODUCTS).code == reading.code
        assert reading.code.isascii()


@given(parents, parents)
def test_two_parents_glued_are_never_one_code(first, second):
    assert read(first + second, PRODUCTS).kind is None


@given(parents, st.sampled_from(["", "]C1", "]Q3", "]d2"]), st.sampled_from(["", " ", "\r\n", "\t"]))
def test_a_parent_is_read_through_what_a_scanner_adds(code, prefix, suffix):
    assert read(prefix + code.lower() + suffix, PRODUCTS).code == code


@pytest.mark.parametrize(
    "raw",
    [
        "LABEL NO.0012345 LOT NO.:A LABEL NO.0012346 LOT NO.:B",
        "LABEL NO.0012345 D.O.T.:1 LABEL NO.0012346",
        "LABEL NO.00123450012346001234700",
    ],
)
def test_glued_labels_are_refused(raw):
    assert read(raw, PRODUCTS).kind is None
