"""Which role a noun has by the particle behind it: が, を, に対して, によって."""

from __future__ import annotations

import re

# Particles written with a verb, and the role that they give.
COMPOUND = tuple(
    (re.compile(written), role)
    for written, role in (
        (r"に(?:対して|対し|対する|向けて|向けた|向け(?!る)|宛てて)", "to"),
        (r"に(?:よって|よると|よれば|より|よる)", "by"),
        (r"に(?:おいて|おける|おき)", "at"),
        (
            r"に(?:ついて|つき|関して|関し|関する|基づいて|基づき|基づく|従って|従い|応じて|応じた|伴って|伴い|伴う|加えて|加え(?![るた])|係る"
            r"|係り|際して|際し|当たって|当たり|あたって|あたり|沿って|沿った|限って|限り|代わって|とって|わたって|わたり|かけて"
            r"|至るまで|かかわらず|とどまらず)|と(?:して(?![いおきく])|ともに|共に|いう|いった)"
            r"|を(?:通じて|通じた|通して|(?:はじめ|始め|踏まえ)(?=[、とて])|除き|もって|めぐる)",
            "other",
        ),
    )
)
CASE = {
    "が": "subject", "は": "topic", "も": "topic", "を": "object", "に": "to", "へ": "to", "から": "from",
    "で": "at", "と": "with", "の": "of", "や": "and", "か": "and", "まで": "other", "より": "other",
}  # fmt: skip
AND = frozenset({"及び", "並びに", "又は", "若しくは"})
