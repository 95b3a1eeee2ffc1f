"""The embedded model's class: MeCab words to one vector each, added up; no attention, no network.

A sentence-transformers module. Its saved form is `vocabulary.txt` and `model.safetensors` with one
signed byte a weight and one scale a row.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Self
from zlib import crc32

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from sentence_transformers.base.modules.input_module import InputModule
from torch import Tensor
from torch.nn.functional import embedding_bag

from ingest.mecab import tokenize
from ingest.normalize import fold

# Particles, inflections and punctuation say how, not what.
_FORM = frozenset(("助詞", "助動詞", "補助記号", "空白"))
_VOCABULARY = "vocabulary.txt"
_WEIGHTS = "model.safetensors"
# How fast repeating a word stops adding to a text, as BM25's k1.
_SATURATION = 0.7
_HUB = ("token", "cache_folder", "revision", "local_files_only")


@lru_cache(maxsize=1 << 17)
def word(surface: str, lemma: str, kind: str, detail: str) -> str:
    """The one form in which a token is looked up, "" for one that is not.

    The lemma unites spellings (ハンコ is 判子); of a name unidic knows only the reading, of a number
    nothing, so both stay as written.
    """
    if kind in _FORM or (kind, detail) == ("記号", "一般"):
        return ""
    form = surface if detail in ("固有名詞", "数詞") else lemma
    return "".join(unicodedata.normalize("NFKC", form).casefold().split())


def words(text: str) -> list[str]:
    """The words of a text in order."""
    found = (word(token.surface, token.lemma, *token.pos) for token in tokenize(fold(text)))
    return [form for form in found if form]


class Lookup:
    """Words to rows: one for a known word; an unknown one is made of its own and its pieces' buckets."""

    def __init__(self, vocabulary: Sequence[str], buckets: int) -> None:
        self.vocabulary = list(vocabulary)
        self.buckets = buckets
        self._rows = {form: row for row, form in enumerate(vocabulary)}

    def __len__(self) -> int:
        return len(self.vocabulary) + self.buckets

    def rows(self, form: str) -> list[int]:
        """The rows that make up a word; the word itself weighs as much as its pieces together."""
        row = self._rows.get(form)
        if row is not None:
            return [row]
        marked = f"<{form}>"
        pieces = [marked[at : at + 2] for at in range(len(marked) - 1)] if len(form) > 1 else []
        return [len(self.vocabulary) + crc32(piece.encode()) % self.buckets for piece in (marked, *pieces)]

    def weighted(self, forms: Iterable[str]) -> tuple[list[int], list[float]]:
        """A text's rows and how much each weighs: repeating a word adds less and less."""
        rows: list[int] = []
        weights: list[float] = []
        for form, count in Counter(forms).items():
            found = self.rows(form)
            weight = count * (1 + _SATURATION) / (count + _SATURATION)
            rows += found
            if len(found) == 1:
                weights.append(weight)
            else:
                weights.append(weight / 2)
                weights += [weight / 2 / (len(found) - 1)] * (len(found) - 1)
        return rows, weights


class MecabStaticEmbedding(InputModule):
    """Texts to the weighted sum of their words' vectors; the model's next module makes it unit length."""

    def __init__(self, lookup: Lookup, table: NDArray[np.float32]) -> None:
        """:param table: shape (len(lookup), dimension), a row's length being how much it says"""
        super().__init__()  # type: ignore[no-untyped-call]
        self.lookup = lookup
        self.weight = torch.nn.Parameter(torch.from_numpy(table))

    # Texts only, where the base class also takes images and sounds.
    def preprocess(  # type: ignore[override]
        self, inputs: list[str], prompt: str | None = None, **_: Any
    ) -> dict[str, Tensor]:
        """Rows, weights and the offset of each text among them."""
        rows: list[int] = []
        weights: list[float] = []
        offsets: list[int] = []
        for text in inputs:
            offsets.append(len(rows))
            of_text, how_much = self.lookup.weighted(words((prompt or "") + text))
            rows += of_text
            weights += how_much
        return {
            "input_ids": torch.tensor(rows, dtype=torch.long),
            "weights": torch.tensor(weights, dtype=torch.float32),
            "offsets": torch.tensor(offsets, dtype=torch.long),
        }

    def forward(self, features: dict[str, Tensor], **_: Any) -> dict[str, Tensor]:
        """Adds "sentence_embedding", shape (texts, dimension); a text without words is all zeros."""
        features["sentence_embedding"] = embedding_bag(
            features["input_ids"],
            self.weight,
            features["offsets"],
            mode="sum",
            per_sample_weights=features["weights"],
        )
        return features

    @property
    def max_seq_length(self) -> float:
        """Texts of any length are read whole."""
        return float("inf")

    def get_embedding_dimension(self) -> int:
        return int(self.weight.shape[1])

    def save(self, output_path: str, *_: Any, **__: Any) -> None:
        """Write the vocabulary and the weights, one signed byte each."""
        table = self.weight.detach()
        scales = table.abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / 127
        folder = Path(output_path)
        (folder / _VOCABULARY).write_text("\n".join(self.lookup.vocabulary) + "\n", encoding="utf-8")
        packed = {"table": (table / scales).round().to(torch.int8), "scales": scales.squeeze(1).contiguous()}
        save_file(packed, folder / _WEIGHTS)

    @classmethod
    def load(cls, model_name_or_path: str, subfolder: str = "", **hub: Any) -> Self:  # type: ignore[override]
        """The module as saved, its bytes made floats again."""
        passed = {key: hub[key] for key in _HUB if key in hub}
        vocabulary = cls.load_file_path(model_name_or_path, _VOCABULARY, subfolder=subfolder, **passed)
        weights = cls.load_file_path(model_name_or_path, _WEIGHTS, subfolder=subfolder, **passed)
        if vocabulary is None or weights is None:
            raise FileNotFoundError(f"{_VOCABULARY} and {_WEIGHTS} belong in {model_name_or_path}")
        packed = load_file(weights)
        forms = Path(vocabulary).read_text(encoding="utf-8").split("\n")[:-1]
        table = packed["table"].float() * packed["scales"][:, None]
        return cls(Lookup(forms, len(table) - len(forms)), table.numpy())
