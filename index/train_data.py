"""Training data for the embedded model: given texts to words once, then pairs that belong together."""

from __future__ import annotations

import json
import lzma
import random
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import Any

from index.lemmas import DERIVED
from index.synonyms import entries
from index.vocabulary import words
from ingest.mecab import tokenize

Words = list[str]
# How many sections of each file: modern prose first, literature for its everyday words only.
SECTIONS = {
    "text_policy_and_rules": 1_000_000,
    "text_encyclopedia": 30_000,
    "text_manuals": 18_000,
    "text_law": 10_000,
    "text_literature": 800,
}
# Characters of each file that word vectors are learned from.
CHARACTERS = {
    "text_encyclopedia": 22_000_000,
    "text_law": 9_000_000,
    "text_literature": 3_000_000,
    "text_manuals": 20_000_000,
    "text_policy_and_rules": 1_000_000_000,
}
QUESTIONS = ("qa_niilc_dev", "qa_jemhopqa_train", "qa_faq_mined")
# Sections of one article kept: they are each other's hard negatives, and no article may fill the sample.
_PER_ARTICLE = 12
_PER_EXPRESSION = 2
_SENTENCE_END = re.compile(r"(?<=[。！？\n])")
# A training passage sharing this much of its 12-character strings with an evaluation passage is dropped.
_SHARED, _SHINGLE = 0.08, 12
_ENTAILED = {"entailment"}
_SIMILAR = {"jsts": 3.6, "jsick": 4.0}


@dataclass(frozen=True, slots=True)
class Pair:
    """What is asked, what answers it, and what looks like an answer; indices into the texts' list."""

    query: int
    passage: int
    negatives: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Squad:
    """Contexts and questions as words; `gold` is each question's context."""

    contexts: list[Words]
    questions: list[Words]
    gold: list[int]


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a packed JSON-lines file."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def squad(path: Path, unlike: Iterable[str] = ()) -> tuple[list[str], list[str], list[int]]:
    """Contexts, questions and each question's context; contexts that repeat text of `unlike` are left out."""
    known = {part for text in unlike for part in _shingles(text)}
    with lzma.open(path, "rt", encoding="utf-8") as file:
        articles = json.load(file)["data"]
    places: dict[str, int] = {}
    questions, gold = [], []
    for paragraph in (paragraph for article in articles for paragraph in article["paragraphs"]):
        parts = _shingles(paragraph["context"])
        if len(parts & known) > _SHARED * len(parts):
            continue
        for qa in paragraph["qas"]:
            questions.append(qa["question"])
            gold.append(places.setdefault(paragraph["context"], len(places)))
    return list(places), questions, gold


def _shingles(text: str) -> set[str]:
    return {text[at : at + _SHINGLE] for at in range(len(text) - _SHINGLE + 1)}


def prepare(data: Path, work: Path, processes: int, seed: int) -> None:
    """Write `work`/*.json: every text used, as words; files already there are kept."""
    work.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    with Pool(processes) as pool:
        as_words = partial(pool.map, words, chunksize=100)
        evaluation = [text for name in ("jaquad_dev", "jsquad_valid") for text in _squad(data, name)[0]]
        for name, unlike in (("jaquad_dev", []), ("jaquad_train", evaluation)):
            contexts, questions, gold = squad(data / f"{name}.json.xz", unlike)
            made = {"contexts": as_words(contexts), "questions": as_words(questions), "gold": gold}
            (work / f"{name}.json").write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
        rows = [row for name in QUESTIONS for row in lines(data / f"{name}.jsonl.xz") if row.get("context")]
        asked = as_words([row["question"] for row in rows])
        told = as_words([f"{row.get('title') or ''} {row['context']}" for row in rows])
        likes = [row for row in lines(data / "pairs_similarity.jsonl.xz") if _means_the_same(row)]
        ones, others = (as_words([row[key] for row in likes]) for key in ("sentence1", "sentence2"))
        pairs = {"qa": list(zip(asked, told, strict=True)), "same": list(zip(ones, others, strict=True))}
        (work / "pairs.json").write_text(json.dumps(pairs, ensure_ascii=False), encoding="utf-8")
        with (work / "sections.jsonl").open("w", encoding="utf-8") as out:
            for name, most in SECTIONS.items():
                for made in pool.imap(_section, _sample(data / f"{name}.jsonl.xz", most, rng), chunksize=100):
                    out.write(json.dumps(made, ensure_ascii=False) + "\n")


def _squad(data: Path, name: str) -> tuple[list[str], list[str], list[int]]:
    return squad(data / f"{name}.json.xz")


def _means_the_same(row: dict[str, Any]) -> bool:
    try:
        return float(row["label"]) >= _SIMILAR.get(row["source"], 4.0)
    except (TypeError, ValueError):
        return row["label"] in _ENTAILED


def _sample(path: Path, most: int, rng: random.Random) -> list[dict[str, Any]]:
    """Whole articles in random order, up to `most` sections; statutes only where an article has a caption."""
    articles: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in lines(path):
        headings = row.get("headings") or [""]
        if row["source"] == "wiki_jaquad_train_contexts" or (
            path.name.startswith("text_law") and "（" not in headings[-1]
        ):
            continue
        articles[row["source"], row.get("title") or ""].append(row)
    names = list(articles)
    rng.shuffle(names)
    taken: list[dict[str, Any]] = []
    for name in names:
        if len(taken) >= most:
            break
        taken += rng.sample(articles[name], min(_PER_ARTICLE, len(articles[name])))
    return taken[:most]


def _section(row: dict[str, Any]) -> dict[str, Any]:
    """A section's heading path and sentences as words."""
    path = dict.fromkeys([row.get("title") or "", *(row.get("headings") or [])])
    return {
        "article": f"{row['source']}/{row.get('title') or ''}",
        "head": words(" ".join(path)),
        "sentences": [found for part in _SENTENCE_END.split(row["text"]) if (found := words(part))],
    }


def surfaces(data: Path, out: Path, seed: int) -> None:
    """Write paragraphs, a line each, as MeCab cut them (NFKC, lower case), for word vectors."""
    with out.open("w", encoding="utf-8") as file:
        for name, most in CHARACTERS.items():
            rows = [row["text"] for row in lines(data / f"{name}.jsonl.xz")]
            random.Random(seed).shuffle(rows)
            for text in rows:
                most -= len(text)
                if most < 0:
                    break
                for line in filter(str.strip, unicodedata.normalize("NFKC", text).lower().split("\n")):
                    file.write(" ".join(token.surface for token in tokenize(line)) + "\n")


def read_squad(path: Path) -> Squad:
    """What `prepare` wrote."""
    return Squad(**json.loads(path.read_text(encoding="utf-8")))


def read_sections(path: Path, seed: int) -> list[dict[str, Any]]:
    """What `prepare` wrote, in a random but repeatable order."""
    with path.open(encoding="utf-8") as file:
        found = [json.loads(line) for line in file]
    random.Random(seed).shuffle(found)
    return found


def synonym_pairs(rng: random.Random) -> list[tuple[frozenset[str], str]]:
    """Expressions as words, each with at most `_PER_EXPRESSION` of the terms that say the same."""
    return [
        (expression, term)
        for listed in entries().values()
        for expression, terms in listed
        for term in rng.sample(terms, min(_PER_EXPRESSION, len(terms)))
    ]


def single_synonyms() -> dict[str, tuple[str, ...]]:
    """Words with the single words that may stand for them."""
    return {
        word: terms
        for word, listed in entries().items()
        for expression, replacing in listed
        if len(expression) == 1 and (terms := tuple(term for term in replacing if DERIVED not in term))
    }


def reworded(
    question: Words, known: dict[str, tuple[str, ...]], share: float, rng: random.Random
) -> Words | None:
    """The question with some of its words replaced by synonyms; None when none was."""
    said = [rng.choice(known[word]) if word in known and rng.random() < share else word for word in question]
    return said if said != question else None
