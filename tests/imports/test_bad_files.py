"""Files that are no tables, that hurt, or that a spreadsheet program spoilt: refused with a code within a
second, or told row by row."""

import io
import time
import tracemalloc
import zipfile

import pytest

from bags.importing import tables, workbooks
from bags.importing.models import ImportBatch
from bags.models import Bag
from tests.imports.conftest import bags_csv, inside, workbook

pytestmark = pytest.mark.django_db
HEAD = ["qr_id", "type", "parent_qr_id"]
ROWS = [HEAD, ["SB00001", "parent", ""], ["4000001", "child", "SB00001"]]
TEXT = "qr_id;type;parent_qr_id\r\nSB00001;parent;\r\n4000001;child;SB00001\r\nसरसों;child;SB00001\r\n"
LATIN = "qr_id;type;parent_qr_id\nSB00001;parent;\n4000001;child;SB00001\nKürbis;child;SB00001\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_common_encodings(take_in, encoding):
    _batch, told = take_in(TEXT.encode(encoding))
    assert (inside(), told) == ({"SB00001": ["4000001"]}, {4: "unreadable"})


def test_windows_1252(take_in):
    batch, told = take_in(LATIN.encode("cp1252"))
    assert told == {4: "unreadable"}
    assert batch.problems.get().cells[0] == "Kürbis"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_common_separators_and_line_ends(take_in, separator, end):
    rows = end.join(separator.join(f'"{cell}"' for cell in row) for row in ROWS)
    take_in(rows)
    assert inside() == {"SB00001": ["4000001"]}


def test_excels_own_line_about_the_separator(take_in):
    take_in("sep=|\n" + "\n".join("|".join(row) for row in ROWS))
    assert inside() == {"SB00001": ["4000001"]}


def test_columns_in_any_order_and_others_between(take_in):
    take_in("note,type,parent_qr_id,QR_ID\nx,parent,,SB00001\n,child,SB00001,4000001\n")
    assert inside() == {"SB00001": ["4000001"]}


def test_our_own_apostrophe_is_taken_away(take_in):
    _batch, told = take_in(bags_csv("'=1+1,child,SB00001"))
    assert told == {2: "unreadable"}
    assert ImportBatch.objects.get().problems.get().cells[0] == "=1+1"


REFUSED = {
    "empty": (b"", "empty_file"),
    "blank lines": (b"\n\n ; ;\n", "empty_file"),
    "no header": (b"SB00001,parent,\n", "no_header"),
    "another kind's header": (b"Sr. No.,QR code\n1,4000001\n", "no_header"),
    "a quote that stays open": (bags_csv('"SB00001,parent,', "SB00002,parent,").encode(), "broken_quote"),
    "a quote that stays open at the end": (bags_csv('"SB00001,parent,').encode(), "broken_quote"),
    "signs behind a quote": (bags_csv('"SB00001"x,parent,').encode(), "broken_quote"),
    "a record over two lines": (bags_csv('"SB00001\n",parent,').encode(), "broken_quote"),
    "NUL": (bags_csv("SB00001\0,parent,").encode(), "not_a_table"),
    "letters of no encoding": (bags_csv("x,child,").encode() + b"\x81\xff", "unknown_letters"),
    "half a UTF-16 sign": (TEXT.encode("utf-16")[:-1], "unknown_letters"),
    "old or locked Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "not_a_table"),
    "a PDF": (b"%PDF-1.7\n1 0 obj\n", "not_a_table"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 60, "not_a_table"),
    "half a workbook": (workbook(ROWS)[:900], "broken_file"),
    "no zip at all": (b"PK\x03\x04 and then nothing of the kind", "broken_file"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_whole_within_a_second(refusal, name):
    content, code = REFUSED[name]
    began = time.monotonic()
    assert refusal(content) == code
    assert time.monotonic() - began < 1
    assert (ImportBatch.objects.count(), Bag.objects.count()) == (0, 0)


def test_header_only_is_no_error(take_in):
    batch, told = take_in(",".join(HEAD))
    assert (batch.total, told) == (0, {})


def test_a_field_of_200_mb_is_not_read(refusal, tmp_path):
    """Refused at the line's first signs: memory stays where it was."""
    tracemalloc.start()
    assert refusal(b",".join([b"x" * (200 << 20), b"child", b""])) == "line_too_long"
    tracemalloc.reset_peak()
    file = tmp_path / "long.csv"
    with file.open("wb") as out:
        out.truncate(200 << 20)
    with file.open("rb") as stream, pytest.raises(tables.ImportRefused):
        list(tables.read_rows(stream))
    assert tracemalloc.get_traced_memory()[1] < 420 << 20
    tracemalloc.stop()


def test_more_rows_than_allowed(refusal, settings):
    settings.IMPORT_MAX_ROWS = 3
    assert refusal(bags_csv(*[f"400000{n},child," for n in range(3)])) == "too_many_rows"
    assert Bag.objects.count() == 0


def test_larger_than_allowed(refusal, settings):
    settings.IMPORT_MAX_BYTES = 20
    assert refusal(bags_csv("SB00001,parent,")) == "too_large"


def test_longer_than_allowed(refusal, settings):
    settings.IMPORT_MAX_SECONDS = -1
    assert refusal(bags_csv("SB00001,parent,")) == "too_slow"


# XLSX


def test_a_workbook_named_csv_is_still_one(take_in):
    take_in(workbook(ROWS), name="bags.csv")
    assert inside() == {"SB00001": ["4000001"]}


def test_numbers_that_excel_changed(take_in):
    rows = [HEAD, ["SB00001", "parent", ""], [4000001, "child", "SB00001"], ["1.2E+11", "child", "SB00001"]]
    batch, told = take_in(workbook([*rows, [True, "child", "SB00001"]]))
    assert told == {3: "excel_number", 4: "excel_number", 5: "excel_number"}
    assert [one.cells[0] for one in batch.problems.order_by("place")] == ["4000001", "1.2E+11", "True"]


def test_formulas(take_in):
    def fill(page, _book):
        for number, row in enumerate(ROWS):
            page.write_row(number, 0, row)
        page.write_formula(3, 0, '="40000"&"02"', None, "4000002")
        page.write_row(3, 1, ["child", "SB00001"])

    _batch, told = take_in(workbook(fill))
    assert (told, inside()) == ({4: "formula"}, {"SB00001": ["4000001"]})


def test_merged_cells(take_in):
    def fill(page, _book):
        for number, row in enumerate(ROWS):
            page.write_row(number, 0, row)
        page.merge_range(3, 0, 4, 0, "4000002")
        for line in (3, 4):
            page.write_row(line, 1, ["child", "SB00001"])

    _batch, told = take_in(workbook(fill))
    assert (told, inside()) == (
        {4: "merged_cells", 5: "merged_cells"},
        {"SB00001": ["4000001"]},
    )


def test_rows_and_columns_before_the_table(take_in):
    def fill(page, _book):
        for number, row in enumerate(ROWS):
            page.write_row(number + 4, 2, row)
        page.write_row(9, 2, ["x<", "child", "SB00001"])

    _batch, told = take_in(workbook(fill))
    assert (told, inside()) == ({10: "unreadable"}, {"SB00001": ["4000001"]})


def test_hidden_sheets_are_left_out(take_in):
    def hidden(page, _book):
        page.write_row(0, 0, HEAD)
        page.write_row(1, 0, ["SB00002", "parent", ""])
        page.hide()

    batch, _told = take_in(workbook(ROWS, hidden))
    assert batch.total == 2


def test_a_million_empty_rows(take_in):
    """Excel keeps the format of rows that were emptied: they count for nothing."""

    rows = "".join(f'<row r="{n}" spans="1:3" ht="15"/>' for n in range(4, 1_000_000))
    content = replaced(workbook(ROWS), "</sheetData>", f"{rows}</sheetData>")
    batch, told = take_in(content)
    assert (batch.total, told, inside()) == (2, {}, {"SB00001": ["4000001"]})


def replaced(content, old, new, member="xl/worksheets/sheet1.xml"):
    """The workbook with something else in one of its parts."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as book,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as changed,
    ):
        for one in book.infolist():
            text = book.read(one)
            if one.filename == member:
                assert old.encode() in text
                text = text.replace(old.encode(), new.encode())
            changed.writestr(one.filename, text)
    return out.getvalue()


def test_a_lone_cell_far_away(refusal):
    """A parser would set seventeen thousand million cells aside for it."""
    content = replaced(
        workbook(ROWS), "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    assert refusal(content) == "use_csv"


def test_more_rows_than_a_workbook_may_have(refusal, monkeypatch):
    monkeypatch.setattr(workbooks, "ROWS", 2)
    assert refusal(workbook(ROWS)) == "use_csv"


def test_a_zip_bomb(refusal):
    """Half a megabyte that unpacks to half a gigabyte."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(ROWS))) as book,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        for one in book.infolist():
            bomb.writestr(one, book.read(one))
        with bomb.open("xl/media/image1.xml", "w") as member:
            for _megabyte in range(300):
                member.write(b" " * (1 << 20))
    assert len(out.getvalue()) < 1 << 20
    began = time.monotonic()
    assert refusal(out.getvalue()) == "zip_bomb"
    assert time.monotonic() - began < 1


def test_a_bomb_that_lies_about_its_size(refusal):
    """The directory says little; reading to the end finds out."""
    content = replaced(workbook(ROWS), "</sheetData>", " " * 5_000_000 + "</sheetData>")
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        size = book.getinfo("xl/worksheets/sheet1.xml").file_size
    lied = content.replace(size.to_bytes(4, "little"), (900).to_bytes(4, "little"))
    assert lied != content
    assert refusal(lied) == "broken_file"


@pytest.mark.parametrize(
    "entity",
    ['<!DOCTYPE x [<!ENTITY a "aaaa">]>', '<!DOCTYPE x SYSTEM "file:///etc/hostname">'],
)
def test_entities(refusal, entity):
    content = replaced(workbook(ROWS), "<worksheet", f"{entity}<worksheet")
    assert refusal(content) == "broken_file"


@pytest.mark.parametrize(
    "name", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"]
)
def test_a_part_that_is_missing(refusal, name):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(ROWS))) as book, zipfile.ZipFile(out, "w") as cut:
        for one in book.infolist():
            if one.filename != name:
                cut.writestr(one, book.read(one))
    assert refusal(out.getvalue()) in ("broken_file", "not_a_table")


def test_a_zip_of_something_else(refusal):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert refusal(out.getvalue()) == "not_a_table"
