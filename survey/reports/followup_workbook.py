"""交办单: what was handed over to one organisation, as an Excel workbook. Texts are strings, whatever somebody typed."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping

from survey.errors import N_, Translate
from survey.fieldwork.followup import CONSENTS, KINDS, ORGANISATIONS, STATES
from survey.models.followup import ActionItem
from survey.models.season import Round
from survey.reports.sheets import Sheet, Styles, new_book
from survey.services.followup import shown_state, today_of
from survey.services.followup_handover import HandoverList
from survey.services.personal import Person

HEADS = [N_("编号"), N_("类别"), N_("要办的事"), N_("称呼"), N_("电话"), N_("请在此日前答复"), N_("到哪一步")]
WIDTHS = [12, 16, 52, 14, 22, 16, 18]
FOR_REPLY = [N_("办理情况（请填写）"), N_("经办人"), N_("日期")]


def write(
    round_: Round, owner: str, handed: HandoverList, people: Mapping[int, Person], *, translate: Translate
) -> bytes:
    """`people`: item id -> whom it is about, of the named items that may be shown; the other rows name nobody."""
    content = io.BytesIO()
    book = new_book(content)
    sheet = Sheet(book, Styles(book), N_("交办单"), [*WIDTHS, 40, 12, 12], translate)
    sheet.title(f"{round_.station.name} · {round_.season.name}")
    sheet.fact(N_("交给"), translate(ORGANISATIONS[owner]))
    sheet.fact(N_("件数"), len(handed.items))
    sheet.line(translate(N_("没有称呼的，住户同意转出、不同意说是谁：请不要查是谁。")))
    sheet.table([*HEADS, *FOR_REPLY], _rows(handed.items, people, translate, handed))
    book.close()
    return content.getvalue()


def _rows(
    items: Iterable[ActionItem], people: Mapping[int, Person], translate: Translate, handed: HandoverList
) -> Iterator[tuple[object, ...]]:
    today = today_of(handed.at)
    for item in items:
        person = people.get(item.id)
        yield (
            item.code,
            translate(KINDS[item.kind].name),
            item.text,
            person.salutation if person else translate(CONSENTS[item.consent]),
            "、".join(phone.number for phone in person.phones) if person else "",
            item.due_on.isoformat() if item.due_on else "",
            translate(STATES[shown_state(item, today)]),
            "", "", "",
        )  # fmt: skip
