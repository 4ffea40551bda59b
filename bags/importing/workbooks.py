"""XLSX, looked through before it is parsed: how much it unpacks to, how many cells, formulas, merged cells.

A workbook of half a megabyte can unpack to gigabytes, and a lone cell in the last row makes a parser set
aside a million rows. python-calamine reads fast and asks nothing, so it gets only what was looked through.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, ClassVar
from xml.sax import SAXException
from xml.sax.handler import ContentHandler

from defusedxml import DefusedXmlException, ElementTree, sax
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from bags.importing.refusal import ImportRefused

UNPACKED_MB = 256
RATIO = 150  # a sheet of equal rows packs about 1 : 60
RATIO_FROM = 4 << 20
MEMBERS = 1_000
ROWS = 250_000
CELLS = 4_000_000  # of the square that all cells lie in, which is what a parser sets aside
_BLOCK = 1 << 16
_BOOK = "xl/workbook.xml"


class Spoilt(str):
    """A cell that a spreadsheet program may have changed; as a text what it shows. `code` says how."""

    __slots__ = ()
    code: ClassVar[str]


class ExcelNumber(Spoilt):
    """A number: leading zeros are lost, and many digits are rounded."""

    code = "excel_number"


class Formula(Spoilt):
    code = "formula"


class Merged(Spoilt):
    code = "merged_cells"


Cell = str


def sheets_of(file: BinaryIO) -> Iterator[tuple[str, Iterator[tuple[int, list[Cell]]]]]:
    """Each visible sheet: its name, and its rows as (row number, cells). Raises ImportRefused."""
    looks = _look_through(file)
    file.seek(0)
    try:
        book = CalamineWorkbook.from_filelike(file)
        for sheet in book.sheets_metadata:
            is_shown = sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
            if is_shown and sheet.name in looks:
                yield sheet.name, _rows(book, sheet.name, looks[sheet.name])
    except CalamineError:
        raise ImportRefused("broken_file") from None


def _rows(book: CalamineWorkbook, name: str, look: "_Look") -> Iterator[tuple[int, list[Cell]]]:
    sheet = book.get_sheet_by_name(name)
    if sheet.start is None:
        return
    left = sheet.start[1]  # rows come from the first one on, columns from the first filled one
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [_cell(value, (number, left + column + 1), look) for column, value in enumerate(row)]
        yield number, [""] * left + cells


def _cell(value: Any, place: tuple[int, int], look: "_Look") -> Cell:
    text = value.strip() if isinstance(value, str) else _shown(value)
    if place in look.formulas:
        return Formula(text or "=")
    if any(place in area for area in look.merged):
        return Merged(text)
    return text if isinstance(value, str) else ExcelNumber(text)


def _shown(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


@dataclass(frozen=True, slots=True)
class _Area:
    """Merged cells, all corners included."""

    top: int
    left: int
    bottom: int
    right: int

    def __contains__(self, place: tuple[int, int]) -> bool:
        return self.top <= place[0] <= self.bottom and self.left <= place[1] <= self.right


@dataclass(slots=True)
class _Look:
    """What a sheet holds beside values, by (row, column) from 1."""

    formulas: set[tuple[int, int]] = field(default_factory=set)
    merged: list[_Area] = field(default_factory=list)


class _Looking(ContentHandler):
    """Goes through a sheet's XML once and keeps nothing but what `look` names."""

    def __init__(self) -> None:
        super().__init__()
        self.look = _Look()
        self.row = self.column = self.filled_rows = self.bottom = self.right = 0
        self.row_is_filled = False

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802 - SAX names it
        tag = name.rpartition(":")[2]
        if tag == "row":
            self.row = int(attrs.get("r", self.row + 1))
            self.column, self.row_is_filled = 0, False
        elif tag == "c":
            self.column = _place(attrs["r"])[1] if "r" in attrs else self.column + 1
        elif tag in ("v", "is"):
            self._filled()
        elif tag == "f":
            self._filled()
            self.look.formulas.add((self.row, self.column))
        elif tag == "mergeCell":
            first, _, last = attrs["ref"].partition(":")
            self.look.merged.append(_Area(*_place(first), *_place(last or first)))
            if len(self.look.merged) > MEMBERS:
                raise ImportRefused("merged_cells")

    def _filled(self) -> None:
        self.filled_rows += not self.row_is_filled
        self.row_is_filled = True
        self.bottom, self.right = max(self.bottom, self.row), max(self.right, self.column)
        if self.filled_rows > ROWS or self.bottom * self.right > CELLS:
            raise ImportRefused("use_csv", limit=ROWS)


def _place(ref: str) -> tuple[int, int]:
    """Row and column of a cell's name: B3 is (3, 2)."""
    letters = ref.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(ref[len(letters) :]), column


def _look_through(file: BinaryIO) -> dict[str, _Look]:
    """Every sheet by name. Reads each member to its end, so that sizes which lie are found out."""
    try:
        with zipfile.ZipFile(file) as archive:
            _assert_harmless(archive)
            paths = _sheet_paths(archive)
            for member in archive.infolist():
                if member.filename not in paths.values():
                    _read_to_end(archive, member)
            return {name: _look_at(archive, path) for name, path in paths.items()}
    except ImportRefused:
        raise
    except (zipfile.BadZipFile, SAXException, DefusedXmlException, ElementTree.ParseError):
        raise ImportRefused("broken_file") from None
    except (KeyError, ValueError, IndexError, EOFError, OSError, NotImplementedError, RuntimeError):
        raise ImportRefused("broken_file") from None


def _assert_harmless(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if _BOOK not in archive.namelist() or len(members) > MEMBERS:
        raise ImportRefused("not_a_table")
    unpacked, packed = (sum(getattr(one, name) for one in members) for name in ("file_size", "compress_size"))
    if unpacked > UNPACKED_MB << 20 or (unpacked > RATIO_FROM and unpacked > RATIO * packed):
        raise ImportRefused("zip_bomb", limit=UNPACKED_MB)


def _sheet_paths(archive: zipfile.ZipFile) -> dict[str, str]:
    """Where each sheet of the book lies in the archive, by its name."""
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), forbid_dtd=True)
    targets = {one.get("Id"): one.get("Target") or "" for one in relations}
    book = ElementTree.fromstring(archive.read(_BOOK), forbid_dtd=True)
    paths = {}
    for sheet in book.iter():
        if sheet.tag.endswith("}sheet"):
            [relation] = [value for key, value in sheet.attrib.items() if key.endswith("}id")]
            target = targets[relation]
            paths[sheet.attrib["name"]] = target.lstrip("/") if target[:1] == "/" else f"xl/{target}"
    return paths


def _look_at(archive: zipfile.ZipFile, path: str) -> _Look:
    looking = _Looking()
    with archive.open(path) as sheet:
        sax.parse(sheet, looking, forbid_dtd=True)
    return looking.look


def _read_to_end(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    with archive.open(member) as content:
        while content.read(_BLOCK):
            pass
