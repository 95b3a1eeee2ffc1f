"""Which words of a question must be found: those it is about, not those it asks with."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from index.lemmas import DERIVED, terms
from ingest.mecab import tokenize
from qa.question import Question

# Words of asking, not of what is asked about: they are taken out before the rest is looked for.
_ASKING = re.compile(
    r"[をにはが]?(?:すべて|全て|具体的に|簡単に)?(?:挙げ|教え|列挙し|述べ|示し|説明し|答え|知らせ)て(?:ください|下さい|くれ.*|ほしい.*|欲しい.*)?"
    r"|(?:西暦|和暦|令和|平成|昭和)?(?:で|の)?何年度?(?:の?何月)?(?:の?何日)?"
    r"|何\s*(?:百|千|万|億|兆)*(?:[カかヶケ]国|[A-Za-z]{1,3}|%|[^\W\dA-Za-z_]{1,2}?(?=[がをはにでとのも、。?？]|です|でし|ある|あり|い[るま]|$))"
    r"|の(?:名前|名称|呼び名)(?:は|を|って|$)|(?:の|は)?(?:正式(?:な)?(?:名称?|名前)|日本語(?:の)?(?:名称?|名前)|略称|意味|定義)(?:[はをが]|$)|何の略"
    r"|(?:どの|どれ)(?:くらい|ぐらい|ほど|程度|よう[なに])|いくら|いくつ|理由[はを]|と(?:呼|言|い)[ばわい]れ\w*"
)


@lru_cache(maxsize=8192)
def words(text: str) -> frozenset[str]:
    """The terms of a text, each once: the same ones that the index searches."""
    return frozenset(terms(text))


def asked_words(question: Question) -> frozenset[str]:
    """The question's words, those of asking left out; all of them when nothing else is left."""
    return words(_ASKING.sub(" ", question.folded)) or words(question.folded)


def asked_about(question: Question) -> bool:
    """Whether the question is about anything: a word beside those of asking, pointing and counting."""
    about = asked_words(question)
    return any(
        token.pos[0] in _TELLING and token.pos[1] != "数詞" and words(token.surface) & about
        for token in tokenize(_ASKING.sub(" ", question.folded))
    )


_TELLING = frozenset({"名詞", "動詞", "形容詞", "形状詞", "記号"})


def asked_nouns(question: Question) -> dict[str, frozenset[str]]:
    """The nouns the question is about, as written, numbers left out, with their terms."""
    about = asked_words(question)
    tokens = (token for token in tokenize(question.folded) if token.pos[0] == "名詞")
    nouns = (token.surface for token in tokens if token.pos[1] != "数詞")
    return {noun: found for noun in nouns if (found := words(noun) & about)}


# What a synonym counts in place of the question's own word.
_SYNONYM = 0.7


@dataclass(frozen=True, slots=True)
class Sought:
    """The words that a question is about.

    :param weights: how telling each is
    :param instead: terms that say the same as some of them, with those
    """

    weights: Mapping[str, float]
    instead: Mapping[str, frozenset[str]]

    def share(self, present: AbstractSet[str]) -> float:
        """Share of the words, by weight, that is `present`, synonyms counting a little less: 0–1."""
        # Exact sums: sets have another order in every process, and a rounding may decide between two places.
        total = math.fsum(self.weights.values())
        if not total:
            return 0.0
        held = self.weights.keys() & present
        others = self.said(present) - held
        found = math.fsum(self.weights[word] for word in held)
        return (found + _SYNONYM * math.fsum(self.weights.get(word, 0.0) for word in others)) / total

    def touches(self, present: AbstractSet[str]) -> bool:
        """Whether any of the words, or a synonym of one, is `present`."""
        return not self.weights.keys().isdisjoint(present) or not self.instead.keys().isdisjoint(present)

    def said(self, present: AbstractSet[str]) -> frozenset[str]:
        """The question's terms that a synonym in `present` stands for."""
        return frozenset[str]().union(*(self.instead[term] for term in self.instead.keys() & present))


def specifics(question: Question) -> frozenset[str]:
    """The question's names and years: an answer about another company or another year is no answer."""
    asked = asked_words(question)
    named = {
        word
        for token in tokenize(question.folded)
        if token.surface not in _NO_NAMES
        and (token.pos[1] == "固有名詞" or (token.surface.isascii() and token.surface.isalpha()))
        for word in words(token.surface)
        if len(token.surface) > 1
    }
    return frozenset(named & asked) | numbered(question)


def numbered(question: Question) -> frozenset[str]:
    """The years (西暦, whichever calendar is used), articles, chapters and meetings it names by number."""
    counted = {
        word for found in _ORDINAL.findall(question.folded) for word in words(found) if DERIVED in word
    }
    return frozenset(counted | {word for word in words(question.folded) if _YEAR.fullmatch(word)})


_YEAR = re.compile(rf"西暦{re.escape(DERIVED)}\d{{4}}年")
_ORDINAL = re.compile(
    r"第\s*(?:\d+|[〇一二三四五六七八九十百]+)\s*(?:条|章|節|編|回|期|号|表|弾|部|次|版|巻|位|類|種|段階)"
)
# Names of eras count by the year they date; every document here is about Japan and seldom says so.
_NO_NAMES = frozenset({"明治", "大正", "昭和", "平成", "令和", "日本"})
