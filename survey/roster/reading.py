"""Open a table file: workbook or text, with or without a password. Nothing touches the disk."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from survey.errors import N_, Unreadable
from survey.roster.archive import check_archive, damaged
from survey.roster.book import Book, Row, Sheet, Span
from survey.roster.textfile import MAX_CELL, cell_too_long, not_a_table, read_rows

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

MAX_FILE = 64 * 1024 * 1024
ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLD_EXCEL_ALONE = b"\x09\x08"
PICTURES_AND_DOCUMENTS = (
    b"\xff\xd8\xff",
    b"\x89PNG",
    b"GIF8",
    b"%PDF",
    b"BM",
    b"RIFF",
    b"Rar!",
    b"7z\xbc\xaf",
    b"{\\rtf",
)


def read_book(data: bytes, name: str, password: str | None = None) -> Book:
    """Read a roster file.

    The content decides, not the extension. Raises Unreadable with one of the codes too-large, empty-file,
    not-a-workbook, damaged-workbook, password-needed, password-wrong, encoding-unknown, cell-too-long, empty-sheet.
    """
    refuse_size(data, name)
    data = unlocked(data, name, password)
    if data.startswith(ZIP):
        check_archive(data, name)
        sheets, kind = read_workbook(data, name), "xlsx"
    elif data.startswith((OLE, OLD_EXCEL_ALONE)):
        sheets, kind = read_workbook(data, name), "xls"
    else:
        sheets, kind = read_text(data, name), "csv"
    for sheet in sheets:
        refuse_long_cells(sheet, name)
    refuse_empty(sheets, name)
    return Book(name, kind, sheets)


def refuse_size(data: bytes, name: str) -> None:
    if not data:
        raise Unreadable("empty-file", N_("%(file)s：文件是空的。请检查后重新选择文件。"), file=name)
    if len(data) > MAX_FILE:
        raise Unreadable(
            "too-large",
            N_("%(file)s：文件超过 %(limit)s MB。请去掉图片等无关内容，只保留名册后再导入。"),
            file=name,
            limit=MAX_FILE // (1024 * 1024),
        )


def unlocked(data: bytes, name: str, password: str | None) -> bytes:
    """The workbook without its password, in memory; what has no password comes back as it is."""
    if not data.startswith(OLE):
        return data
    import msoffcrypto
    from msoffcrypto.exceptions import DecryptionError, InvalidKeyError

    try:
        office = msoffcrypto.OfficeFile(io.BytesIO(data))
        if not office.is_encrypted():
            return data
        if not password:
            raise password_needed(name)
        opened = io.BytesIO()
        office.load_key(password=password)
        office.decrypt(opened)
        return opened.getvalue()
    except InvalidKeyError as error:
        raise password_wrong(name) from error
    except DecryptionError as error:
        raise cannot_unlock(name) from error
    except Unreadable:
        raise
    except Exception as error:  # the library lets struct.error, KeyError and the like through on odd files
        raise damaged(name) from error


def password_needed(name: str) -> Unreadable:
    return Unreadable("password-needed", N_("%(file)s：文件设有打开密码。请输入密码后再导入。"), file=name)


def password_wrong(name: str) -> Unreadable:
    return Unreadable("password-wrong", N_("%(file)s：密码不正确。请向社工站核对密码后重试。"), file=name)


def cannot_unlock(name: str) -> Unreadable:
    return Unreadable(
        "encryption-unsupported",
        N_("%(file)s：无法解开这种加密方式。请在 Excel 或 WPS 中去掉密码，另存为 .xlsx 后再导入。"),
        file=name,
    )


def read_workbook(data: bytes, name: str) -> tuple[Sheet, ...]:
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, XmlError, ZipError

    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            return tuple(
                read_sheet(workbook, meta.name, str(meta.visible) != "SheetVisibleEnum.Visible")
                for meta in workbook.sheets_metadata
                if meta.typ == SheetTypeEnum.WorkSheet
            )
    except (CalamineError, XmlError, ZipError, OSError, ValueError) as error:
        raise damaged(name) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # what a bug in the parser's Rust code arrives as
            raise
        raise damaged(name) from error


def read_sheet(workbook: CalamineWorkbook, name: str, hidden: bool) -> Sheet:
    source = workbook.get_sheet_by_name(name)
    rows: list[Row] = source.to_python(skip_empty_area=False)
    merged = spans(source)
    fill_down(rows, merged)
    return Sheet(name, rows, merged, hidden)


def spans(source: CalamineSheet) -> tuple[Span, ...]:
    return tuple(source.merged_cell_ranges or ())


def fill_down(rows: list[Row], merged: tuple[Span, ...]) -> None:
    """Give every row of a vertically merged cell the value that a reader sees beside it."""
    for (top, left), (bottom, _right) in merged:
        if bottom > top and top < len(rows) and left < len(rows[top]):
            value = rows[top][left]
            for row in rows[top + 1 : bottom + 1]:
                row[left] = value


def read_text(data: bytes, name: str) -> tuple[Sheet, ...]:
    if data.startswith(PICTURES_AND_DOCUMENTS):
        raise not_a_table(name)
    if data[:2000].lstrip().lower().startswith((b"<html", b"<!doctype", b"<table", b"<?xml")):
        raise Unreadable(
            "not-a-workbook",
            N_("%(file)s：这是网页格式的表格。请用 Excel 或 WPS 打开，另存为 .xlsx 后再导入。"),
            file=name,
        )
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return (Sheet(stem, read_rows(data, name)),)


def refuse_long_cells(sheet: Sheet, name: str) -> None:
    for number, row in enumerate(sheet.rows, 1):
        for value in row:
            if value.__class__ is str and len(value) > MAX_CELL:
                raise cell_too_long(name, sheet.name, number)


def refuse_empty(sheets: tuple[Sheet, ...], name: str) -> None:
    if any(value != "" for sheet in sheets for row in sheet.rows for value in row):
        return
    raise Unreadable(
        "empty-sheet",
        N_("%(file)s：工作表“%(sheet)s”是空的。请确认名册所在的工作表有内容并已保存，再重新导入。"),
        file=name,
        sheet=sheets[0].name if sheets else "-",
    )
