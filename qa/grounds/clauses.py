"""A text as what happens in it: each predicate with the nouns before its case particles, voice and mood."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from ingest.dates import dates
from ingest.mecab import Token, tokenize
from qa.grounds.moods import condition, end_of, moods, tense
from qa.grounds.particles import AND, CASE, COMPOUND

_DOING = frozenset({"為る", "出来る", "致す", "下さる", "頂く", "為さる"})
_STOPS = frozenset("。!?\n")
_LOOSE = re.compile(r"[ぁ-ん]{1,6}、")
_BRACKET = re.compile(r"\(([^()]*)\)")
_NOUNS = re.compile(r"(名詞|接頭辞|代名詞|記号|形状詞)")
_NOT = frozenset({"ない", "ず", "無い", "ぬ", "まい"})


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun with what is written together with it, and the role its particle gives; "" where it has none.

    :param words: lemmas of its nouns
    :param counted: whether it is a number or a date
    :param joined: whether it has its role from the last of several nouns, A of AとBに
    :param loose: whether a comma follows, so that it may belong to a later predicate
    """

    text: str
    words: frozenset[str]
    role: str
    start: int
    counted: bool = False
    joined: bool = False
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """A predicate: who, what, to whom, how surely, under which condition.

    :param word: its lemma, 有る for 無い and 有する too; a number's is "#"
    :param near: the phrases between it and the predicate before it, and the sentence's topics
    :param far: those before that, which may belong to it too
    :param tense: as `moods.tense` names it
    :param condition: "if" for 場合, "even" for 場合も, "" for none
    :param main: whether a clause ends in it; else it describes the noun behind it
    :param final: whether its sentence ends in it
    :param sentence: the number of its sentence in the text
    """

    word: str
    near: tuple[Phrase, ...]
    far: tuple[Phrase, ...]
    passive: bool
    moods: frozenset[str]
    tense: str
    denied: bool
    condition: str
    main: bool
    final: bool
    sentence: int


@dataclass(frozen=True, slots=True)
class Reading:
    """The events of a text, its phrases, and which noun stands before の of which."""

    events: tuple[Event, ...]
    phrases: tuple[Phrase, ...]
    pairs: tuple[tuple[Phrase, Phrase], ...]


@lru_cache(maxsize=4096)
def reading(text: str) -> Reading:
    """What happens in a folded text; remembered, because a source is asked for every sentence."""
    inside = [found[1] for found in _BRACKET.finditer(text)]
    # What stands in brackets is read by itself: the words around it belong together.
    clauses = _Clauses("\n".join([_BRACKET.sub("", text), *inside]))
    clauses.read()
    return Reading(
        tuple(clauses.events), tuple(clauses.phrases), tuple(_pairs(clauses.phrases, clauses.text))
    )


def subject(text: str) -> str:
    """The noun that a clause is about, before its は or が; "" where it has none."""
    doers = [phrase.text for phrase in reading(text).phrases if phrase.role in ("topic", "subject")]
    return doers[0] if doers else ""


def _pairs(phrases: list[Phrase], text: str) -> Iterator[tuple[Phrase, Phrase]]:
    """Every noun before の with each noun that it may describe: in AのBのC, A goes with B and with C."""
    for number, phrase in enumerate(phrases):
        at = number
        while phrases[at].role == "of" and at + 1 < len(phrases):
            at += 1
            if not _STOPS.isdisjoint(text[phrase.start : phrases[at].start]):
                break
            yield phrase, phrases[at]


class _Clauses:
    """Goes over the tokens of a text once."""

    def __init__(self, text: str) -> None:
        self.text, self.tokens = text, tokenize(text)
        self.events: list[Event] = []
        self.phrases: list[Phrase] = []
        self._read = 0  # how far
        self._days = [mention.span for mention in dates(text)]
        self._new_sentence(0)

    def _new_sentence(self, number: int) -> None:
        self._sentence = number
        self._topics: list[Phrase] = []
        self._near: list[Phrase] = []
        self._far: list[Phrase] = []
        self._gap = False  # whether a noun right here is described by the event before it
        self._told = False  # whether something was said of the topics
        self._opening = True  # whether nothing has been read yet

    def read(self) -> None:
        at = 0
        while at < len(self.tokens):
            token = self.tokens[at]
            if token.surface in _STOPS or "\n" in self.text[self._read : token.start]:
                self._new_sentence(self._sentence + 1)
            elif token.surface == "、":
                self._gap = False
            self._read = token.end
            if _nominal(token):
                at = self._noun(at)
            elif token.pos[0] in ("動詞", "形容詞") and self._says(at):
                at = self._event(token.lemma, at)
            else:
                at += 1

    def _says(self, at: int) -> bool:
        """Whether a verb says something by itself, not 〜ている, 〜にする."""
        token = self.tokens[at]
        return (
            (token.pos[1] != "非自立可能" or at == 0)
            or self.tokens[at - 1].pos[1] in ("格助詞", "係助詞", "副助詞", "読点")
            or (token.lemma in ("有る", "居る", "無い") and _nominal(self.tokens[at - 1]))
        )

    def _noun(self, at: int) -> int:
        """Reads nouns written together and what follows; the number of the next token."""
        end = at + 1
        while end < len(self.tokens) and (_nominal(self.tokens[end]) or self.tokens[end].surface in "・%％"):
            if self._opening and self.tokens[end].start > self.tokens[end - 1].end:
                return end  # the number of a paragraph, 第2条
            end += 1
        self._opening = False
        run = self.tokens[at:end]
        behind = end
        while behind < len(self.tokens) and self.tokens[behind].pos == ("助詞", "副助詞"):
            behind += 1  # 12人だけである
        after = self.tokens[behind] if behind < len(self.tokens) else None
        if after is not None and after.lemma in _DOING and not self._number(run[-1:]):
            if len(run) > 1:
                self._phrase(run[:-1], "")
            return self._event(run[-1].lemma, end - 1)
        ends = after is None or after.surface in _STOPS
        copula = (
            after is not None
            and after.lemma in ("だ", "です", "らしい")
            and after.surface not in ("な", "に")
        )
        if copula and after is not None and after.surface == "で":  # 窓口で支払う is no である
            copula = self.text[after.end : after.end + 1] in ("あ", "は", "、", "す", "し", "ご")
        if (ends and (self._topics or self._near)) or copula:
            if len(run) > 1 and not self._number(run):
                self._phrase(run[:-1], "")
            return self._event("#" if self._number(run) else run[-1].lemma, end - 1)
        role, behind = self._role(end)
        self._phrase(run, role)
        return behind

    def _number(self, run: tuple[Token, ...]) -> bool:
        if run[-1].surface == "者":  # 第三者
            return False
        return any(t.pos[1] == "数詞" for t in run) or any(
            day.overlaps(t.span) for t in run for day in self._days
        )

    def _role(self, at: int) -> tuple[str, int]:
        """The role that the particles from a token on give, and the number of the token behind them."""
        tokens = self.tokens
        while (
            at < len(tokens) and tokens[at].pos == ("助詞", "副助詞") and tokens[at].surface not in "かまで"
        ):
            at += 1
        if at == len(tokens):
            return "", at
        token = tokens[at]
        role, end = "", token.end
        for pattern, given in COMPOUND:
            if found := pattern.match(self.text, token.start):
                role, end = given, found.end()
                break
        if not role:
            if token.lemma in AND or token.surface in "、・":
                return "and", at + 1
            if token.pos[0] != "助詞":
                return "", at
            role = CASE.get(token.surface, "other")
        while at < len(tokens) and (
            tokens[at].start < end or (tokens[at].pos[0] == "助詞" and tokens[at].pos[1] != "接続助詞")
        ):
            at += 1
        return role, at

    def _phrase(self, run: tuple[Token, ...], role: str) -> None:
        words = frozenset(t.lemma for t in run if t.pos[1] != "数詞" and t.surface.strip("・%％"))
        written = self.text[run[0].start : run[-1].end]
        loose = _LOOSE.match(self.text, run[-1].end) is not None
        phrase = Phrase(written, words, role, run[0].start, self._number(run), loose=loose)
        self.phrases.append(phrase)
        if self._gap and self.events and not self.events[-1].main:
            self.events[-1] = replace(
                self.events[-1], near=(*self.events[-1].near, replace(phrase, role="gap"))
            )
        self._gap = role == "of"  # 反対した地域の住民: either may be meant
        if role != "topic":
            self._near.append(phrase)
            return
        if self._told:  # another topic: what was said of the one before is over
            self._far += self._topics
            self._topics, self._told = [], False
        self._topics.append(phrase)

    def _event(self, word: str, at: int) -> int:
        """Adds the predicate at a token; returns the number of the token behind all that belongs to it."""
        begin = self.tokens[at].end
        stop = end_of(self.text, begin)
        end = at + 1
        while end < len(self.tokens) and self.tokens[end].start < stop:
            end += 1
        tail, tokens = self.text[self.tokens[at].end - 1 : stop], self.tokens[at + 1 : end]
        after = self.text[stop : stop + 1]
        said = moods(tail[1:] if word == "#" else tail)
        near = _coordinated(self._near)
        self.events.append(
            Event(
                word="有る" if word in ("無い", "有する") else word,
                near=(*self._topics, *near),
                far=tuple(self._far),
                passive=any(t.lemma in ("れる", "られる", "せる", "させる") for t in tokens),
                moods=said,
                tense=tense(tokens, open_=after == "、" or (_nominal(self.tokens[at]) and not tail[1:])),
                denied=word == "無い" or any(t.lemma in _NOT for t in tokens),
                condition=condition(tail),
                main=not after or after in "、。?!)」\n" or bool(said),
                final=not after or after in "。?!\n",
                sentence=self._sentence,
            )
        )
        self._far += near
        self._near, self._gap = [], True
        self._told = bool(self._topics)
        return end


def _coordinated(phrases: list[Phrase]) -> list[Phrase]:
    """The phrases, each of AやBに in the role of the last."""
    given: list[Phrase] = []
    role = ""
    for phrase in reversed(phrases):
        if phrase.role != "and" and phrase.role != "of":
            role = phrase.role
        given.insert(0, replace(phrase, role=role, joined=True) if phrase.role == "and" else phrase)
    return given


def _nominal(token: Token) -> bool:
    return (
        _NOUNS.match(token.pos[0]) is not None
        or token.pos == ("接尾辞", "名詞的")
        or (token.unknown and token.pos[0] not in ("補助記号", "空白"))
    )
