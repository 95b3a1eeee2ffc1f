"""What follows a predicate: how surely it is said, under which condition, of which time."""

from __future__ import annotations

import re

from ingest.mecab import Token

# What follows a predicate and belongs to it: 短縮する可能性がある, 設置することを検討している.
_TAIL = re.compile(
    r"[ぁ-ん?]*"
    r"(?:(?:(?<=[るたいうくすつぬむぶぐな])(?:可能性?|恐れ|予定|見込|見通し|方針|計画|必要|義務|場合|時|際|限り|考え|事)"
    r"|(?<=[とをもがうにく])(?:(?<=こと[をもがに])|(?<=よう)|(?<=ように)|(?<=と)|(?<=べく)|(?<=のを))"
    r"(?:可能|検討|目指|努|求め|期待|予想|想定|予定|見込|計画|思|考え|見ら|望|義務|必要|言わ))[ぁ-ん?]*)*"
)
_MOODS = tuple(
    (mood, re.compile(pattern))
    for mood, pattern in (
        ("可能性がある", r"可能性|おそれ|恐れ|かもしれ|[うえ]る$|得る|かねな|場合(?:が|も)あ"),
        ("予定である", r"予定|見込|見通|つもり|予想|想定|方針|計画|ことにし"),
        ("検討している", r"検討|目指|努|期待|求め|望|たい(?:と|$|で)|ようとし"),
        ("べきである", r"べき|望まし"),
        ("できる", r"でき|可能(?!性)"),
        (
            "と聞く",
            r"らし[いかく]|そう(?:だ|で)|とのこと|とされ|という(?:こと)?(?:だ|で)|よう(?:だ|です|であ)|みたい|言わ",
        ),
        ("だろう", r"だろう|でしょう|であろう|と思|と考え|とみられ|と見ら|はず"),
        ("か", r"\?|(?:です|ます|ある|る|た|の)か$|^か$"),
        ("義務である", r"な(?:ければ|くては|いと)(?:な|いけ)|ねばな|必要があ|義務|ざるを得"),
    )
)  # fmt: skip
_EVEN = re.compile(
    r"(?:場合|とき|時)(?:で|に)?(?:も(?!あ)|あっても)|[てで]も(?!よ|い|構|か)|にかかわらず|としても"
)
_IF = re.compile(
    r"(?:場合|とき|際)(?!が|を|の|と|もあ)|[るたい]時(?:は|に)|(?<![なね例よいえ])ば(?!か)|なければ(?!な)|なら(?!な|ず|び|い|ば$)"
    r"|たら|(?<=[るたい])限り"
)  # fmt: skip


def end_of(text: str, begin: int) -> int:
    """Where all that belongs to the predicate that ends at `begin` ends."""
    found = _TAIL.match(text, begin)
    return begin if found is None else found.end()


def moods(tail: str) -> frozenset[str]:
    """How surely something is said, by words that a reader knows; nothing for a plain statement."""
    return frozenset(mood for mood, pattern in _MOODS if pattern.search(tail))


def condition(tail: str) -> str:
    """The kind: "if" for 場合, "even" for 場合も, "" for none."""
    return "even" if _EVEN.search(tail) else "if" if _IF.search(tail) else ""


def tense(behind: tuple[Token, ...], open_: bool) -> str:
    """設置する now, 設置した past, 設置している lasting, 設置していた lasted; 設置し、 leaves it open."""
    past = any(token.lemma == "た" for token in behind)
    if any(token.lemma == "居る" for token in behind):
        return "lasted" if past else "lasting"
    return "past" if past else "open" if open_ else "now"
