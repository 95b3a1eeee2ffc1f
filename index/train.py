"""The recipe of the embedded model, run by hand: `python -m index.train --help`.

Needs gensim and scipy beside the package's own libraries. Each stage leaves files that the next one
reads; a stage begun again goes on from what is there.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import random
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from index import train_data as data
from index.lemmas import DERIVED
from index.mecab_static import MecabStaticEmbedding
from index.train_data import Pair, Words
from index.train_fit import State, Texts, Trainer, bm25, embed, start_table
from index.vocabulary import Lookup

# The share of each kind of pair that an epoch sees.
SHARES = {
    "questions": 1.0,
    "reworded": 1.0,
    "headings": 0.35,
    "sentences": 0.35,
    "qa": 1.0,
    "same": 1.0,
    "synonyms": 1.0,
}
_HARD = {"questions": 1.0, "reworded": 0.5}
_REWORDED = 0.3  # of a question's words that have a synonym
_NEGATIVES = 8
_LEAST_DOCUMENTS = 3
_LEAST_HEADED, _SENTENCE, _KEPT = 15, range(6, 41), 0.8
_log = logging.getLogger(__name__)


def vectors(lines: Path, out: Path, seed: int) -> None:
    """Skip-gram vectors of tokens as written: `out`.npy and `out`.txt, by frequency."""
    from gensim.models import Word2Vec

    model = Word2Vec(
        corpus_file=str(lines), vector_size=200, sg=1, window=5, negative=5, min_count=8,
        max_final_vocab=70_000, sample=1e-4, workers=2, seed=seed, epochs=4,
    )  # fmt: skip
    np.save(out.with_suffix(".npy"), model.wv.vectors.astype(np.float32))
    out.with_suffix(".txt").write_text("\n".join(model.wv.index_to_key) + "\n", encoding="utf-8")


def read_vectors(path: Path) -> dict[str, NDArray[np.float32]]:
    """Unit vectors by word, after taking away what the frequent ones share."""
    found = np.load(path.with_suffix(".npy"))
    found -= found[:20_000].mean(axis=0)
    found /= np.linalg.norm(found, axis=1, keepdims=True) + 1e-9
    names = path.with_suffix(".txt").read_text(encoding="utf-8").split("\n")
    return dict(zip(names, found, strict=False))


def vocabulary(texts: Sequence[set[str]], most: int) -> tuple[list[str], dict[str, int]]:
    """The words of most texts, and of how many each."""
    counts = Counter(chain.from_iterable(texts))
    by_count = sorted(counts, key=lambda form: (-counts[form], form))[:most]
    return [form for form in by_count if counts[form] >= _LEAST_DOCUMENTS], dict(counts)


def pairs(work: Path, texts: Texts, seed: int) -> dict[str, list[Pair]]:
    """Every kind of pair there is."""
    rng = random.Random(seed)
    squad = data.read_squad(work / "jaquad_train.json")
    places = [texts.add(context) for context in squad.contexts]
    first, questions, reworded = 0, [], []
    other_words = data.single_synonyms()
    for scores in bm25(squad.contexts, squad.questions):
        gold = np.array(squad.gold[first : first + len(scores)])
        scores[np.arange(len(scores)), gold] = -1
        hard = np.argpartition(-scores, _NEGATIVES, axis=1)[:, :_NEGATIVES]
        for row, near in enumerate(hard):
            asked = texts.add(squad.questions[first + row])
            near_by = tuple(places[n] for n in near)
            questions.append(Pair(asked, places[gold[row]], near_by))
            said = data.reworded(squad.questions[first + row], other_words, _REWORDED, rng)
            if said is not None:
                reworded.append(Pair(texts.add(said), places[gold[row]], near_by))
        first += len(scores)
    others = json.loads((work / "pairs.json").read_text(encoding="utf-8"))
    same_words = [
        Pair(texts.add(sorted(expression)), texts.add(term.split(DERIVED)), ())
        for expression, term in data.synonym_pairs(rng)
    ]
    made = {"questions": questions, "reworded": reworded, "synonyms": same_words} | {
        kind: [Pair(texts.add(a), texts.add(b), ()) for a, b in found if a and b and a != b]
        for kind, found in others.items()
    }
    return made | _of_sections(data.read_sections(work / "sections.jsonl", seed), texts, rng)


def _of_sections(sections: list[dict[str, Any]], texts: Texts, rng: random.Random) -> dict[str, list[Pair]]:
    """Heading path → body and sentence → the rest; what only looks right: the article's other sections."""
    whole = [texts.add(list(chain.from_iterable(section["sentences"]))) for section in sections]
    articles: dict[str, list[int]] = {}
    for section, place in zip(sections, whole, strict=True):
        articles.setdefault(section["article"], []).append(place)
    made: dict[str, list[Pair]] = {"headings": [], "sentences": []}
    for section, place in zip(sections, whole, strict=True):
        titled = not section["article"].endswith("/")
        near = [other for other in articles[section["article"]] if other != place] if titled else []
        siblings = tuple(near[:_NEGATIVES])
        sentences: list[Words] = section["sentences"]
        if section["head"] and sum(map(len, sentences)) >= _LEAST_HEADED:
            made["headings"].append(Pair(texts.add(section["head"]), place, siblings))
        fitting = [at for at, sentence in enumerate(sentences) if len(sentence) in _SENTENCE]
        if len(sentences) > 2 and fitting:
            taken = rng.choice(fitting)
            rest = chain.from_iterable(sentence for at, sentence in enumerate(sentences) if at != taken)
            asked = [form for form in sentences[taken] if rng.random() < _KEPT]
            made["sentences"].append(Pair(texts.add(asked), texts.add(list(rest)), siblings))
    return made


def batches(found: dict[str, list[Pair]], epochs: tuple[int, int], size: int, seed: int) -> list[list[Pair]]:
    """Batches of one kind each; the same list for the same seed.

    :param epochs: over all kinds, then over questions in small batches with all of their hard negatives
    """
    rng = random.Random(seed)
    made: list[list[Pair]] = []
    for number in range(sum(epochs)):
        hard = number >= epochs[0]
        epoch: list[list[Pair]] = []
        for kind, share in _HARD.items() if hard else SHARES.items():
            taken, most = rng.sample(found[kind], int(len(found[kind]) * share)), size // 4 if hard else size
            epoch += [taken[at : at + most] for at in range(0, len(taken) - most // 2, most)]
        rng.shuffle(epoch)
        made += epoch
    return made


def measure(work: Path, lookup: Lookup, state: State) -> dict[str, float]:
    """recall@1 and recall@10 of the vectors alone on jaquad_dev, 0–1."""
    squad, texts = data.read_squad(work / "jaquad_dev.json"), Texts(lookup)
    told = [texts.add(context) for context in squad.contexts]
    asked = [texts.add(question) for question in squad.questions]
    table, every = torch.from_numpy(state.table()), np.arange(len(lookup))
    scores = embed(texts.matrix(asked, every), table) @ embed(texts.matrix(told, every), table).T
    right = scores[torch.arange(len(asked)), torch.tensor(squad.gold)][:, None]
    ranks = (scores > right).sum(dim=1)
    return {f"recall@{k}": round(float((ranks < k).float().mean()), 4) for k in (1, 10)}


def fit(work: Path, out: Path, asked: argparse.Namespace) -> None:
    """Train, or go on training, and leave the model in `out`."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize

    squad = data.read_squad(work / "jaquad_train.json")
    sections = data.read_sections(work / "sections.jsonl", asked.seed)
    held = [{*chain.from_iterable(s["sentences"]), *s["head"]} for s in sections] + [
        *map(set, squad.contexts)
    ]
    # A word that only the synonyms know is still a word.
    held += [{*expression, *term.split(DERIVED)} for expression, term in data.synonym_pairs(random.Random(0))]
    forms, counts = vocabulary(held, asked.vocabulary)
    lookup = Lookup(forms, asked.buckets)
    rarity = np.full(len(lookup), math.log1p(len(held) / 2), np.float32)
    for row, form in enumerate(forms):
        rarity[row] = math.log1p((len(held) - counts[form] + 0.5) / (counts[form] + 0.5))
    texts, checkpoint = Texts(lookup), work / "checkpoint.pt"
    made = batches(pairs(work, texts, asked.seed), (asked.epochs, asked.hard), asked.batch, asked.seed)
    if checkpoint.exists():
        state = State.resume(checkpoint)
    else:
        table = start_table(lookup, read_vectors(work / "words"), (asked.dimension, asked.share), asked.seed)
        lengths = np.log((rarity / rarity.mean()).clip(0.02)) * asked.rarity
        state = State.start(table.astype(np.float32), lengths.astype(np.float32))
    average = float(np.mean([sum(map(len, section["sentences"])) for section in sections]))
    trainer = Trainer(texts, state, rarity, average)

    def saved() -> None:
        state.save(checkpoint)
        measured = {"step": state.step, "steps": len(made), **measure(work, lookup, state)}
        with (work / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(measured) + "\n")
        _log.info("%s", measured)

    trainer.run(made, asked.rate, asked.seed, saved)
    out.mkdir(parents=True, exist_ok=True)
    modules: list[torch.nn.Module] = [MecabStaticEmbedding(lookup, state.table()), Normalize()]
    SentenceTransformer(modules=modules, device="cpu").save_pretrained(str(out), create_model_card=False)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m index.train", description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder of SOURCES.md and its .xz files")
    parser.add_argument("--work", type=Path, required=True, help="words, vectors, checkpoint, metrics.jsonl")
    parser.add_argument("--out", type=Path, required=True, help="where the finished model goes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2, help="MeCab processes")
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--vocabulary", type=int, default=34_000)
    parser.add_argument(
        "--buckets", type=int, default=8_192, help="rows shared by the pieces of unknown words"
    )
    parser.add_argument("--share", type=float, default=0.4, help="of the word vectors in a row's first state")
    parser.add_argument("--rarity", type=float, default=0.75, help="power of idf in a row's first length")
    parser.add_argument("--epochs", type=int, default=2, help="over all kinds of pairs")
    parser.add_argument("--hard", type=int, default=1, help="epochs after that, over questions alone")
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--rate", type=float, default=2e-3)
    asked = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.manual_seed(asked.seed)
    asked.work.mkdir(parents=True, exist_ok=True)
    if not (asked.work / "sections.jsonl").exists():
        data.prepare(asked.data, asked.work, asked.processes, asked.seed)
    if not (asked.work / "surfaces.txt").exists():
        data.surfaces(asked.data, asked.work / "surfaces.txt", asked.seed)
    if not (asked.work / "words.npy").exists():
        vectors(asked.work / "surfaces.txt", asked.work / "words", asked.seed)
    fit(asked.work, asked.out, asked)


if __name__ == "__main__":
    main()
