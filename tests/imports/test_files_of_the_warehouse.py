"""The files as the warehouse keeps them, by the commands: good rows go in, each bad one is named."""

import pytest

from audit.models import AuditLog
from bags.importing.models import ImportBatch, ImportProblem
from bags.models import Bag, Link, Scan
from billing.models import Bill, BillBag
from tests.billing.conftest import everything
from tests.imports.conftest import DATA, inside

pytestmark = pytest.mark.django_db

BAGS_PROBLEMS = {
    573: "parent_full",
    574: "parent_full",
    575: "parent_full",
    577: "unreadable",
    578: "doubled",
    580: "wrong_kind",
}
BATCH_PROBLEMS = {
    158: "unreadable",
    159: "lot_differs",
    160: "parent_full",
    162: "parent_empty",
    163: "excel_number",
    164: "excel_number",
    165: "unknown",
    166: "unreadable",
    167: "need_parent",
    168: "need_parent",
}


def problems(report):
    return {row["line"]: row["code"] for row in report["problems"]}


def test_bags(command, holds):
    code, [report] = command("import_bags", DATA / "bags.csv")
    assert (code, report["total"], report["good"], report["known"], report["bad"]) == (1, 578, 572, 0, 6)
    assert report["made"] == {"parents": 21, "children": 551, "links": 551}
    assert problems(report) == BAGS_PROBLEMS
    assert len(inside()["SB21700"]) == 30
    full = Bag.objects.get(qr_id="SB21700")
    assert (full.state, full.child_count, full.created_by.username) == ("closed", 30, "asha")
    assert Scan.objects.count() == 0
    assert set(Link.objects.values_list("import_batch", flat=True)) == {report["import"]}
    holds()


def test_the_same_file_twice_adds_nothing(command, holds):
    command("import_bags", DATA / "bags.csv")
    tables = ("Bag", "Link")
    before = {name: everything()[name] for name in tables}
    code, [report] = command("import_bags", DATA / "bags.csv")
    assert (code, report["good"], report["known"], report["bad"]) == (1, 0, 572, 6)
    assert {name: everything()[name] for name in tables} == before
    assert problems(report) == BAGS_PROBLEMS
    holds()


def test_batches_with_two_sheets_and_their_errors(command, holds):
    code, reports = command(
        "import_batches", DATA / "batches-moong.xlsx", DATA / "batches-mustard-with-errors.xlsx"
    )
    assert code == 1
    assert [(one["total"], one["good"], one["known"], one["bad"]) for one in reports] == [
        (384, 384, 0, 0),
        (321, 310, 1, 10),
    ]
    assert {(row["sheet"], row["line"]): row["code"] for row in reports[1]["problems"]} == {
        ("Sheet2", line): code for line, code in BATCH_PROBLEMS.items()
    }
    assert reports[0]["made"] == {"parents": 24, "children": 360, "links": 360}
    child = Bag.objects.get(qr_id="2100001")
    assert (child.lot, child.parent_links.get().parent.qr_id) == ("MNG-24-014", "M444-21000")
    assert not Bag.objects.filter(qr_id__in=["SB21900", "SB12", "2190001", "2190002"]).exists()
    holds()


def test_bills(command, holds):
    command("import_batches", DATA / "batches-moong.xlsx")
    code, [report] = command("import_bills", DATA / "parents-to-bills.xlsx")
    assert (code, report["total"], report["good"], report["known"], report["bad"]) == (1, 18, 15, 0, 3)
    assert problems(report) == {17: "on_other_bill", 18: "unknown_parent", 19: "bill_without_sacks"}
    lines = [(bill.number, bill.state, bill.lines.count()) for bill in Bill.objects.order_by("number")]
    assert lines == [(f"LKO/24-25/2100{n}", "processing", 4) for n in range(3)]
    assert set(BillBag.objects.values_list("scan", "import_batch")) == {(None, report["import"])}
    assert Bag.objects.get(qr_id="M444-21000").held_by == "LKO/24-25/21000"
    assert AuditLog.objects.filter(action="parent_billed").count() == 12
    holds()


def test_bills_twice_add_nothing(command, holds):
    command("import_batches", DATA / "batches-moong.xlsx")
    command("import_bills", DATA / "parents-to-bills.xlsx")
    before = BillBag.objects.count(), Bill.objects.count()
    code, [report] = command("import_bills", DATA / "parents-to-bills.xlsx")
    assert (code, report["good"], report["known"], report["bad"]) == (1, 0, 15, 3)
    assert (BillBag.objects.count(), Bill.objects.count()) == before
    holds()


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("import_bags", "bags.csv"),
        ("import_batches", "batches-mustard-with-errors.xlsx"),
        ("import_bills", "parents-to-bills.xlsx"),
    ],
)
def test_a_check_writes_nothing_and_tells_the_same(command, name, file):
    if name == "import_bills":
        command("import_batches", DATA / "batches-moong.xlsx")
    before = everything()
    _code, [checked] = command(name, DATA / file, "--check")
    assert everything() == before
    _code, [done] = command(name, DATA / file)
    for key in ("total", "good", "known", "bad", "problems"):
        assert checked[key] == done[key]


def test_an_import_is_one_entry_more_than_its_changes(command):
    _code, [report] = command("import_bags", DATA / "bags.csv")
    entry = AuditLog.objects.get(action="import_applied")
    assert (entry.actor, entry.target_type, entry.target_id) == ("asha", "import", str(report["import"]))
    assert entry.after == {
        "file": "bags.csv",
        "kind": "bags",
        "good": 572,
        "bad": 6,
        "parents": 21,
        "children": 551,
        "links": 551,
    }
    linked = AuditLog.objects.get(action="child_linked", target_label="21800000")
    sack = Bag.objects.get(qr_id="SB21500")
    assert linked.before is None
    assert linked.after == {
        "parent": "SB21500",
        "parent_id": sack.pk,
        "count": 1,
        "import": report["import"],
    }


def test_corrected_rows_go_in(command, tmp_path, holds):
    """The file of bad rows stands for itself: with the sack mended, its packets go in."""
    command("import_batches", DATA / "batches-moong.xlsx")
    bad = tmp_path / "bad.csv"
    command("import_batches", DATA / "batches-mustard-with-errors.xlsx", "--errors", bad)
    text = bad.read_text(encoding="utf-8-sig")
    assert text.splitlines()[1] == "1,not a label <b>,This is not a bag code. Compare it with the label."
    mended = (
        text.replace("31,SB12,", "31,SB21777,").replace("SB21000", "SB21778").replace("1,1234567,", "1,x,")
    )
    bad.write_text(mended)
    command("import_batches", bad)
    assert inside()["SB21777"] == ["2190002"]
    assert inside()["SB21778"] == ["2190001"]
    holds()


def test_nobody_but_an_admin(take_in, people):
    for name in ("ravi", "kavya", "nobody"):
        before = everything()
        with pytest.raises(Exception, match="not_allowed"):
            take_in("qr_id,type,parent_qr_id\nSB00001,parent,\n", by=name)
        assert everything() == before
    assert (ImportBatch.objects.count(), ImportProblem.objects.count()) == (0, 0)
