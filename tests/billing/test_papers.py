"""The papers of a bill, read back as others read them."""

import csv
from datetime import datetime
from io import BytesIO, StringIO

import pypdf
import pypdfium2
import pytest
import zxingcpp
from python_calamine import load_workbook

from billing.models import Bill
from billing.papers.bill import bill_pdf
from billing.papers.sheet import bill_xlsx
from billing.reading import bill_detail, find_bill
from billing.services import cancel_bill, complete_bill, create_bill

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]
HINDI = "श्री कृष्ण ट्रेडर्स, क्षेत्र त्रिवेणी"


@pytest.fixture
def document():
    """document(bytes) -> the open PDF; closed at the end."""
    opened = []

    def read(body):
        opened.append(pypdfium2.PdfDocument(body))
        return opened[-1]

    yield read
    for one in opened:
        one.close()


def texts(body):
    return [page.extract_text() for page in pypdf.PdfReader(BytesIO(body)).pages]


def told(number="B-1"):
    return bill_detail(find_bill(number))


def test_the_pdf_says_what_the_bill_says(bill, operator):
    Bill.objects.update(destination="Kanpur", vehicle_number="UP32 AB 1234", measured_weight_kg="16.5")
    complete_bill(number="B-1", by=operator("kavya"), reason="full")
    (page,) = texts(bill_pdf(told(), printed_by="asha"))
    for words in (
        "Bill B-1",
        "Destination Kanpur",
        "Vehicle UP32 AB 1234",
        "State Completed",
        "Completed by kavya",
        "2 of 3 1 17 17.000 45.000 -28.000 16.500",
        "1 SB00001 mustard 2 2.000 SHORT",
        "2 M444-00002 moong 15 15.000\n",
        "Total 17 17.000",
        "Received by: name, date, signature",
        "by asha",
        "Page 1 of 1",
    ):
        assert words in page, words
    assert "not a final bill" not in page


@pytest.mark.parametrize(
    ("finish", "mark"),
    [(None, "IN WORK – not a final bill"), (cancel_bill, "CANCELLED – not valid")],
)
def test_what_is_not_completed_is_marked_on_its_head_and_in_a_box(bill, operator, finish, mark):
    if finish:
        finish(number="B-1", by=operator("kavya"), reason="wrong lorry")
    (page,) = texts(bill_pdf(told(), printed_by="asha"))
    assert page.count(mark) == 2


def test_a_draft(operator):
    create_bill(number="B-7", by=operator("kavya"))
    (page,) = texts(bill_pdf(told("B-7"), printed_by="asha"))
    assert page.count("DRAFT – not a final bill") == 2
    assert "No sacks are on this bill yet." in page


@pytest.mark.parametrize("number", ["B-1", "DEL/2026/0042", "क्षेत्र-७", "x" * 64])
def test_the_qr_code_is_the_number(operator, document, number):
    create_bill(number=number, by=operator("kavya"))
    picture = document(bill_pdf(told(number), printed_by="asha"))[0].render(scale=2).to_pil()
    assert [code.text for code in zxingcpp.read_barcodes(picture)] == [number]


def test_hindi_is_found_and_copied_as_it_was_written(bill, document):
    Bill.objects.update(destination=HINDI)
    page = document(bill_pdf(told(), printed_by="रवि"))[0].get_textpage()
    text = page.get_text_range()
    page.close()
    assert HINDI in text
    assert "रवि" in text


def test_a_sign_that_no_font_has_is_told(bill):
    Bill.objects.update(destination="Kanpur \U0001f69a")
    (page,) = texts(bill_pdf(told(), printed_by="asha"))
    assert "Destination Kanpur ?" in page
    assert "Signs that our fonts do not have are printed as ?: U+1F69A" in page


def test_five_hundred_sacks_repeat_the_head_on_every_page():
    line = {"qr_id": "", "product": "mustard", "children": 30, "weight_kg": "30.000", "short": False}
    at = datetime.fromisoformat("2026-11-24T18:00:00+05:30")
    facts = dict.fromkeys(
        ["description", "destination", "vehicle_number", "target", "measured_weight_kg", "completed_by"]
    )
    bill = {
        **facts,
        "number": "B-500",
        "state": "processing",
        "parents": 500,
        "children": 15_000,
        "actual_kg": "15000.000",
        "expected_kg": "15000.000",
        "variance_kg": "0.000",
        "created_by": "kavya",
        "created_at": at,
        "completed_at": None,
        "lines": [{**line, "qr_id": f"SB{number:05}"} for number in range(1, 501)],
    }
    pages = texts(bill_pdf(bill, printed_by="asha"))
    assert len(pages) == 12
    for number, page in enumerate(pages, start=1):
        assert "No. Sack Product Packets Weight, kg Mark" in page
        assert f"Page {number} of 12" in page
    everything = "\n".join(pages)
    assert [f"SB{number:05} mustard" in everything for number in range(1, 501)] == [True] * 500
    assert "Total 15000 15000.000" in pages[-1]


def test_csv_and_xlsx_hold_the_same_sacks_as_numbers(bill, operator, signed_in):
    complete_bill(number="B-1", by=operator("kavya"), reason="full")
    client = signed_in("kavya")
    answer = client.get("/bills/B-1/csv")
    rows = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))
    assert rows == [
        [
            "bill",
            "state",
            "destination",
            "vehicle_number",
            "sack",
            "product",
            "packets",
            "weight_kg",
            "short",
        ],
        ["B-1", "completed", "", "", "SB00001", "mustard", "2", "2.000", "short"],
        ["B-1", "completed", "", "", "M444-00002", "moong", "15", "15.000", ""],
    ]
    book = load_workbook(BytesIO(client.get("/bills/B-1/xlsx").content))
    assert book.sheet_names == ["Bill", "Sacks"]
    assert book.get_sheet_by_name("Sacks").to_python() == [
        ["Sack", "Product", "Packets", "Weight, kg", "Short"],
        ["SB00001", "mustard", 2.0, 2.0, "short"],
        ["M444-00002", "moong", 15.0, 15.0, ""],
        ["Total", "", 17.0, 17.0, ""],
    ]
    facts = {row[0]: row[1] for row in book.get_sheet_by_name("Bill").to_python()}
    assert (facts["Bill"], facts["Packets"], facts["Difference kg"]) == ("B-1", 17.0, -28.0)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "＝"])
def test_no_cell_is_taken_for_a_formula(bill, signed_in, start):
    text = f"{start}HYPERLINK(1)"
    Bill.objects.update(destination=text)
    rows = list(csv.reader(StringIO(signed_in("kavya").get("/bills/B-1/csv").content.decode("utf-8-sig"))))
    assert rows[1][2] == f"'{text}"
    book = load_workbook(BytesIO(bill_xlsx(told())))
    assert ["Destination", text] in book.get_sheet_by_name("Bill").to_python()


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("DEL/2026 42", 'filename="bill DEL-2026 42.pdf"'),
        ('a"b\\..', 'filename="bill a-b-.pdf"'),
        ("क्षेत्र", "filename*=utf-8''bill%20%E0%A4%95%E0%A5%8D%E0%A4%B7"),
    ],
)
def test_the_file_is_named_by_the_number(operator, signed_in, number, name):
    create_bill(number=number, by=operator("kavya"))
    client = signed_in("kavya")
    page = client.get(f"/bills/{number}/".replace("\\", "%5C").replace('"', "%22"))
    (address,) = [link for link in page.content.decode().split('"') if link.endswith("/pdf")]
    answer = client.get(address)
    assert answer.headers["Content-Disposition"].startswith(f"inline; {name}")
    assert answer.content.startswith(b"%PDF-")


def test_numbers_that_look_like_papers_keep_their_pages(operator, signed_in):
    client = signed_in("kavya")
    for number in ("B/pdf", "csv"):
        create_bill(number=number, by=operator("kavya"))
        assert f"<h1>{number}</h1>" in client.get(f"/bills/{number}/").content.decode()
        assert client.get(f"/bills/{number}/csv").status_code == 200
    assert client.get("/bills/B-404/pdf").status_code == 404


def test_the_demo_has_papers(demo):
    (page,) = texts(bill_pdf(told("DEMO-001"), printed_by="demo-biller"))
    assert "Destination Kanpur" in page
