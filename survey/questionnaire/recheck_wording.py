"""What a verifier says on the telephone, in the three languages of the interview; placeholders as in the questions.

Before the household is known to be the right one, nothing tells who is called and why.
"""

from __future__ import annotations

from collections.abc import Mapping

#: `{日}` is the day of the interview
DAY = "日"

OPENING: Mapping[str, str] = {
    "zh": "您好，请问是{称呼}家吗？我姓{姓}，是{评估方}的复核员，工号{工号}。{日}我们同事打过一次电话做回访，我想核对几句，一两分钟。不想答可以不答。您可以先挂断，自己拨{电话}核实。可以吗？",
    "yue": "你好，请问系唔系{称呼}屋企呀？我姓{姓}，系{评估方}嘅复核员，工号{工号}。{日}我哋同事打过一次电话做回访，我想核对几句，一两分钟。唔想答可以唔答。你可以先收线，自己打{电话}核实。得唔得？",
    "en": "Hello, is this {称呼}'s home? My name is {姓}. I check interviews for {评估方}, number {工号}. On {日} a colleague "
    "called for a follow-up interview, and I would like to check a few points; it takes a minute or two, and you need not "
    "answer. You may hang up and check with {电话} first. Is that all right?",
}

TOOK_PLACE: Mapping[str, str] = {
    "zh": "{日}前后，您家有没有人接过这样一个回访电话，问了对社区服务的感受？",
    "yue": "{日}前后，你屋企有冇人听过一个噉嘅回访电话，问过对社区服务嘅感受？",
    "en": "Around {日}, did somebody in your home answer such a call, with questions about community services?",
}

QUESTIONS: Mapping[str, str] = {
    "zh": "有几题想再问一次，照您现在的想法说就行。",
    "yue": "有几条想再问一次，照你而家嘅谂法讲就得。",
    "en": "I would like to ask a few questions again; just say what you think now.",
}
