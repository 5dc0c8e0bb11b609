"""Page, type and tables of the Word report: A4, 宋体 and 黑体 by name with what stands in for them elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

#: as Word knows them, and by which LibreOffice and other systems look for something alike
BODY, HEADING, LATIN = "宋体", "黑体", "Times New Roman"
STAND_INS = {
    BODY: "SimSun;Songti SC;Noto Serif CJK SC;Source Han Serif SC;WenQuanYi Micro Hei",
    HEADING: "SimHei;Heiti SC;Noto Sans CJK SC;Source Han Sans SC;WenQuanYi Micro Hei",
}
INK, SHADE, LINE = "000000", "E8EEF0", "8A979B"


def new_document() -> Any:
    """An empty A4 document with the styles of a report."""
    from docx import Document
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Cm, Pt

    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin, section.bottom_margin = Cm(2.6), Cm(2.4)
    for name in ("Table Text", "Table Number", "Table Head", "Picture"):
        document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = document.styles["Normal"]
    for name, (font, size, bold, space) in STYLES.items():
        style = document.styles[name]
        style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
        _set_fonts(style, font)
        before, after, line = space
        form = style.paragraph_format
        form.space_before, form.space_after, form.line_spacing = Pt(before), Pt(after), line
    _arrange(document)
    _name_stand_ins(document)
    return document


#: style -> font, size, bold, (space before, space after, line spacing)
STYLES: dict[str, tuple[str, float, bool, tuple[float, float, float]]] = {
    "Normal": (BODY, 12, False, (0, 0, 1.0)),
    "Title": (HEADING, 20, False, (36, 6, 1.2)),
    "Subtitle": (HEADING, 16, False, (0, 18, 1.2)),
    "Heading 1": (HEADING, 15, False, (18, 8, 1.3)),
    "Heading 2": (HEADING, 13, False, (14, 6, 1.3)),
    "Body Text": (BODY, 12, False, (0, 4, 1.5)),
    "Caption": (HEADING, 10, False, (8, 3, 1.2)),
    "Picture": (BODY, 10, False, (6, 6, 1.0)),
    "Table Text": (BODY, 9.5, False, (1, 1, 1.1)),
    "Table Number": (BODY, 9.5, False, (1, 1, 1.1)),
    "Table Head": (HEADING, 9.5, False, (2, 2, 1.1)),
    "Header": (BODY, 9, False, (0, 0, 1.0)),
    "Footer": (BODY, 9, False, (0, 0, 1.0)),
}


def _arrange(document: Any) -> None:
    """Where paragraphs stand, and what keeps together over a page's end."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt, RGBColor

    for name in ("Title", "Subtitle", "Picture", "Header", "Footer"):
        document.styles[name].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.styles["Table Number"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for name in ("Title", "Subtitle", "Heading 1", "Heading 2", "Caption"):
        document.styles[name].font.color.rgb = RGBColor.from_string(INK)
        document.styles[name].paragraph_format.keep_with_next = True
    document.styles["Body Text"].paragraph_format.first_line_indent = Pt(24)
    document.styles["Body Text"].paragraph_format.widow_control = True
    _without_rule(document.styles["Title"])


def _set_fonts(style: Any, font: str) -> None:
    """Chinese in `font`, everything else in a Latin one of the same kind."""
    from docx.oxml.ns import qn

    style.font.name = LATIN if font == BODY else "Arial"
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), font)
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)


def _without_rule(style: Any) -> None:
    """Word's own title has a coloured line below."""
    from docx.oxml.ns import qn

    form = style.element.get_or_add_pPr()
    for rule in form.findall(qn("w:pBdr")):
        form.remove(rule)


def _name_stand_ins(document: Any) -> None:
    """Other names of the Chinese fonts, in the table where word processors look when one is not there."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls
    from lxml import etree

    fonts = next(rel.target_part for rel in document.part.rels.values() if rel.reltype.endswith("/fontTable"))
    table = etree.fromstring(fonts.blob)
    for name, others in STAND_INS.items():
        table.append(
            parse_xml(
                f'<w:font {nsdecls("w")} w:name="{name}"><w:altName w:val="{others}"/><w:charset w:val="86"/>'
                f'<w:family w:val="{"roman" if name == BODY else "swiss"}"/></w:font>'
            )
        )
    fonts._blob = etree.tostring(table, xml_declaration=True, encoding="UTF-8", standalone=True)


def add_field(paragraph: Any, instruction: str) -> None:
    """A field that the word processor computes, such as PAGE."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind, text in (("begin", ""), ("", instruction), ("separate", ""), ("text", "1"), ("end", "")):
        run = paragraph.add_run(text if kind == "text" else "")._r
        if kind == "":
            element = OxmlElement("w:instrText")
            element.text = f" {text} "
        elif kind == "text":
            continue
        else:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
        run.append(element)


def align_right(paragraph: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def repeat_header(row: Any) -> None:
    """On every page that the table reaches."""
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def set_widths(table: Any, widths: Sequence[float]) -> None:
    """Fixed widths in cm; rows stay whole at a page's end."""
    from docx.oxml import OxmlElement
    from docx.shared import Cm

    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Cm(width)


def shade(cell: Any) -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    cell._tc.get_or_add_tcPr().append(parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:fill="{SHADE}"/>'))


def border(table: Any) -> None:
    """Thin grey lines."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    sides = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="{LINE}"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    table._tbl.tblPr.append(parse_xml(f"<w:tblBorders {nsdecls('w')}>{sides}</w:tblBorders>"))
