"""The embedded model's class: MeCab words to one vector each, added up; no attention, no network.

A sentence-transformers module. Its saved form is `vocabulary.txt` and `model.safetensors` with one
signed byte a weight and one scale a row.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from sentence_transformers.base.modules.input_module import InputModule
from torch import Tensor
from torch.nn.functional import embedding_bag

from index.vocabulary import VOCABULARY, WEIGHTS, Bags, Lookup

_HUB = ("token", "cache_folder", "revision", "local_files_only")


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
        return self.features(self.lookup.bags_of([(prompt or "") + text for text in inputs]))

    @staticmethod
    def features(bags: Bags) -> dict[str, Tensor]:
        """What `forward` takes."""
        return {
            "input_ids": torch.from_numpy(bags.rows),
            "weights": torch.from_numpy(bags.weights),
            "offsets": torch.from_numpy(bags.offsets.astype(np.int32)),
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
        (folder / VOCABULARY).write_text("\n".join(self.lookup.vocabulary) + "\n", encoding="utf-8")
        packed = {"table": (table / scales).round().to(torch.int8), "scales": scales.squeeze(1).contiguous()}
        save_file(packed, folder / WEIGHTS)

    @classmethod
    def load(cls, model_name_or_path: str, subfolder: str = "", **hub: Any) -> Self:  # type: ignore[override]
        """The module as saved, its bytes made floats again."""
        passed = {key: hub[key] for key in _HUB if key in hub}
        vocabulary = cls.load_file_path(model_name_or_path, VOCABULARY, subfolder=subfolder, **passed)
        weights = cls.load_file_path(model_name_or_path, WEIGHTS, subfolder=subfolder, **passed)
        if vocabulary is None or weights is None:
            raise FileNotFoundError(f"{VOCABULARY} and {WEIGHTS} belong in {model_name_or_path}")
        packed = load_file(weights)
        forms = Path(vocabulary).read_text(encoding="utf-8").split("\n")[:-1]
        table = packed["table"].float() * packed["scales"][:, None]
        return cls(Lookup(forms, len(table) - len(forms)), table.numpy())
