"""The sheet as PDF: large type, boxes to tick, the QR code of its page beside the title."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

import segno
from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue, XPos, YPos

from core import texts
from core.checklist import Checklist, Item

__all__ = ["render_pdf"]

_FONTS = Path(__file__).parent / "vendor"
_FONT = "BeVietnamPro"
_MARGIN = 18.0  # millimetres, as all lengths here; sizes of type are points
_BODY, _SMALL, _HEAD, _TITLE = 14.0, 11.0, 16.0, 22.0
_LEADING = 1.4
_POINT = 25.4 / 72
_BOX = 5.0
_INDENT = 9.0
_QR = 30.0


class _Sheet(FPDF):
    """A4, upright, numbered pages."""

    def __init__(self, title: str) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self.add_font(_FONT, "", _FONTS / "BeVietnamPro-Regular.ttf")
        self.add_font(_FONT, "B", _FONTS / "BeVietnamPro-Bold.ttf")
        self.set_margins(_MARGIN, _MARGIN, _MARGIN)
        self.set_auto_page_break(True, _MARGIN)
        self.set_title(title)
        self.set_author(texts.BOT_NAME)
        self.set_lang("vi")
        self.add_page()

    def footer(self) -> None:
        """Library interface: the page's number."""
        self.set_y(-_MARGIN + 5)
        self.set_font(_FONT, "", 9)
        self.cell(0, 5, texts.CHECKLIST_PAGE.format(n=self.page_no()), align=Align.R)

    def say(self, text: str, size: float = _BODY, *, bold: bool = False, left: float = 0.0, width: float = 0.0) -> None:
        """A paragraph, `left` of the margin on, as wide as the page unless told otherwise."""
        self.set_font(_FONT, "B" if bold else "", size)
        self.set_x(_MARGIN + left)
        height = size * _POINT * _LEADING
        self.multi_cell(width, height, text, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def height_of(self, text: str, size: float, left: float) -> float:
        """How high `say` would be."""
        self.set_font(_FONT, "", size)
        self.set_x(_MARGIN + left)
        height = self.multi_cell(0, size * _POINT * _LEADING, text, align=Align.L, dry_run=True, output=MethodReturnValue.HEIGHT)
        assert isinstance(height, float)  # what was asked for
        return height

    def keep_together(self, height: float) -> None:
        """Begin a page when `height` does not fit on this one."""
        if self.will_page_break(height):
            self.add_page()


def render_pdf(sheet: Checklist, address: str) -> bytes:
    """The sheet.

    Args:
        sheet: What stands on it.
        address: Of its page; '' = not known, then there is no QR code.
    """
    pdf = _Sheet(sheet.title)
    _head(pdf, sheet, address)
    _boxes(pdf, texts.CHECKLIST_DOCUMENTS, sheet.documents)
    _boxes(pdf, texts.CHECKLIST_STEPS, sheet.steps)
    for title, paragraphs in sheet.facts:
        _paragraphs(pdf, title, paragraphs)
    _paragraphs(pdf, texts.CHECKLIST_TO_ASK, sheet.to_ask)
    pdf.ln(5)
    _basis(pdf, sheet)
    return bytes(pdf.output())


def _head(pdf: _Sheet, sheet: Checklist, address: str) -> None:
    beside = pdf.epw - (_QR + 4 if address else 0)
    if address:
        picture = io.BytesIO()
        segno.make(address, error="m", micro=False).save(picture, kind="png", scale=8, border=1)
        pdf.image(picture, pdf.w - _MARGIN - _QR, _MARGIN, _QR, _QR, alt_text=texts.CHECKLIST_QR, link=address)
    pdf.say(texts.CHECKLIST_NAME, _SMALL, width=beside)
    pdf.say(sheet.title, _TITLE, bold=True, width=beside)
    if sheet.code:
        pdf.say(texts.CHECKLIST_CODE.format(code=sheet.code), _SMALL, width=beside)
    if address:
        pdf.set_y(max(pdf.get_y(), _MARGIN + _QR + 1))
        pdf.say(texts.CHECKLIST_ADDRESS.format(address=address), _SMALL)


def _heading(pdf: _Sheet, title: str) -> None:
    pdf.keep_together(30)  # not alone at the foot of a page
    pdf.ln(4)
    pdf.say(title, _HEAD, bold=True)
    pdf.ln(1)


def _boxes(pdf: _Sheet, title: str, items: Iterable[Item]) -> None:
    for n, item in enumerate(items):
        if n == 0:
            _heading(pdf, title)
        high = pdf.height_of(item.text, _BODY, _INDENT)
        pdf.keep_together(high + (pdf.height_of(item.note, _SMALL, _INDENT) if item.note else 0))
        pdf.set_line_width(0.4)
        pdf.rect(_MARGIN, pdf.get_y() + 0.9, _BOX, _BOX)
        pdf.say(item.text, left=_INDENT)
        if item.note:
            pdf.say(item.note, _SMALL, left=_INDENT)
        pdf.ln(2)


def _paragraphs(pdf: _Sheet, title: str, paragraphs: Iterable[str]) -> None:
    for n, text in enumerate(paragraphs):
        if n == 0:
            _heading(pdf, title)
        pdf.keep_together(pdf.height_of(text, _BODY, 0))
        pdf.say(text)
        pdf.ln(1)


def _basis(pdf: _Sheet, sheet: Checklist) -> None:
    for text in (
        texts.SOURCES.format(links="; ".join(sheet.sources)),
        f"{texts.VERIFIED_ON.format(date=sheet.verified_on)}. {sheet.owner}.",
        texts.CHECKLIST_PRIVATE,
    ):
        pdf.say(text, _SMALL)
