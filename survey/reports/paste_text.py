"""The report text as plain text, ready to be pasted into the section 服务监测."""

from __future__ import annotations

from survey.reports.paragraphs import numbered
from survey.services.reporting import Text

PARTS = (("1.值得肯定的地方", "praise"), ("2.需要关注的地方", "concern"))
NOTHING = "本轮调查没有可列的内容。"


def paste_text(text: Text) -> str:
    lines = ["服务监测", "", text.method, ""]
    for heading, part in PARTS:
        sentences = getattr(text, part)
        lines += [heading, *(numbered(sentences) or [NOTHING]), ""]
    return "\n".join(lines)
