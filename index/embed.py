"""Embedding models; the only door to sentence-transformers.

Importing it costs seconds, so that it happens when the first text is embedded and not before.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.vocabulary import VOCABULARY, Bags, Lookup, joined
from ingest.errors import UnusableIndex

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from index.entry import Entry

_MODELS = Path(__file__).parent / "models"
_BUNDLED = "tenkyo:"
NONE = "none"
# Set to "1", lets a model run program code that comes with it (plamo needs it).
_TRUST = "TENKYO_TRUST_MODEL_CODE"
_BATCH = 64
# Hashing all of a large weights file costs more than it tells; its ends and its size do.
_SAMPLE = 1 << 20
# Families whose authors ask for prefixes but whose saved models name none (their model cards).
_FAMILY_PROMPTS = {
    "multilingual-e5": {"query": "query: ", "document": "passage: "},
    "ruri-v3": {"query": "検索クエリ: ", "document": "検索文書: "},
    "cl-nagoya/ruri": {"query": "クエリ: ", "document": "文章: "},
    "plamo-embedding": {"query": "次の文章に対して、関連する文章を検索してください: ", "document": ""},
}


class Encoder(Protocol):
    """Texts to unit vectors. `name` is what an index remembers."""

    @property
    def name(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit rows, shape (len(texts), dimension)."""
        ...

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit rows, shape (len(texts), dimension)."""
        ...


class WordsOnly:
    """No model at all, asked for as "none": what BM25 does alone."""

    name = NONE
    dimension = 0

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.zeros((len(texts), 0), dtype=np.float32)

    encode_documents = encode_queries


class SentenceEncoder:
    """A sentence-transformers model, its prompts through the library's own mechanism."""

    def __init__(self, name: str, model: SentenceTransformer) -> None:
        self.name = name
        self.dimension = int(model.get_embedding_dimension() or 0)
        self._model = model

    @property
    def lookup(self) -> Lookup | None:
        """The words of a model that adds up words."""
        found: Lookup | None = getattr(self._model[0], "lookup", None)
        return found

    def encode_bags(self, bags: Bags) -> NDArray[np.float32]:
        """Unit rows for texts that are words of `lookup` already, shape (texts, dimension)."""
        import torch

        with torch.inference_mode():
            words: Any = self._model[0]
            found = self._model.forward(words.features(bags))["sentence_embedding"]
        return np.asarray(found, dtype=np.float32)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        found = self._model.encode_query(
            list(texts), batch_size=_BATCH, show_progress_bar=False, normalize_embeddings=True
        )
        return np.asarray(found, dtype=np.float32)

    def encode_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        found = self._model.encode_document(
            list(texts), batch_size=_BATCH, show_progress_bar=False, normalize_embeddings=True
        )
        return np.asarray(found, dtype=np.float32)


def lookup(encoder: Encoder) -> Lookup | None:
    """The words of a model that adds up words, as the bundled one does: it can be given them ready."""
    return encoder.lookup if isinstance(encoder, SentenceEncoder) else None


def vocabulary(name: str | None) -> Path | None:
    """The folder of such a model, without loading it; None for any other."""
    place = _place(canonical(name))
    return place if (place / VOCABULARY).is_file() else None


def vectors(encoder: Encoder, entries: Sequence[Entry]) -> list[NDArray[np.float32] | None]:
    """Unit rows for the chunks of each document; None without a model."""
    if not encoder.dimension:
        return [None] * len(entries)
    bags = [made.bags for made in entries if made.bags is not None]
    if isinstance(encoder, SentenceEncoder) and len(bags) == len(entries):
        rows = encoder.encode_bags(joined(bags))
    else:
        rows = encoder.encode_documents([text for made in entries for text in made.texts])
    ends = np.cumsum([len(made.spans) for made in entries])
    return list(np.split(rows, ends[:-1]))


def canonical(name: str | None) -> str:
    """How an index remembers a model: "tenkyo:…" for the one shipped here, an absolute path, or a hub name.

    :raises UnusableIndex: if None is asked for and no model is shipped
    """
    shipped = _shipped()
    if name is None:
        if shipped is None:
            raise UnusableIndex(
                _MODELS,
                "同梱の埋め込みモデルが見つかりません",
                "Tenkyo をインストールし直すか、model を指定してください",
            )
        return _BUNDLED + shipped.name
    if name == NONE or name.startswith(_BUNDLED):
        return name
    path = Path(name).expanduser()
    if not path.is_dir():
        return name
    path = path.resolve()
    return _BUNDLED + path.name if shipped is not None and path == shipped.resolve() else str(path)


def is_bundled(name: str) -> bool:
    """Whether a name as `canonical` gives it is that of a model shipped here."""
    return name.startswith(_BUNDLED)


@lru_cache(maxsize=16)
def fingerprint(name: str) -> str:
    """A digest of a local model's files that changes when it is trained anew; "" for a hub name.

    :param name: as `canonical` gives it
    """
    folder = _place(name)
    if not folder.is_dir():
        return ""
    digest = blake2b(digest_size=16)
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.suffix in {
            ".json",
            ".safetensors",
            ".bin",
            ".txt",
            ".model",
            ".npy",
            ".npz",
        }:
            size = file.stat().st_size
            digest.update(f"{file.relative_to(folder)}:{size}:".encode())
            with file.open("rb") as stream:
                digest.update(stream.read(_SAMPLE))
                if size > _SAMPLE:
                    stream.seek(max(size - _SAMPLE, _SAMPLE))
                    digest.update(stream.read(_SAMPLE))
    return digest.hexdigest()


def load_encoder(name: str | None) -> Encoder:
    """The model of this path or hub name; None is the one shipped in `index/models/`.

    :raises UnusableIndex: if it is not there, cannot be fetched, or is not a sentence-transformers model
    """
    return _load(canonical(name))


@lru_cache(maxsize=2)
def _load(name: str) -> Encoder:
    if name == NONE:
        return WordsOnly()
    place = _place(name)
    source = str(place) if place.is_dir() else name
    if name.startswith(_BUNDLED) and not place.is_dir():
        raise UnusableIndex(
            name, "この索引の埋め込みモデルは同梱されていません", "別の --index フォルダに作り直してください"
        )
    if place.is_dir() and not (place / "modules.json").is_file() and not (place / "config.json").is_file():
        raise UnusableIndex(
            name,
            "sentence-transformers のモデルではありません",
            "modules.json のあるフォルダを指定してください",
        )
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        model = _open(source, trusted=name.startswith(_BUNDLED) or os.environ.get(_TRUST) == "1")
    except Exception as error:  # whatever a model's own files raise, the user needs the same one line
        if "trust_remote_code" in str(error):
            hint = f"内容を確かめたうえで環境変数 {_TRUST}=1 を付けて実行してください"
            raise UnusableIndex(name, "この埋め込みモデルは自前のプログラムを含みます", hint) from error
        hint = "名前を確かめ、ネットワークがなければダウンロード済みのモデルのフォルダを指定してください"
        raise UnusableIndex(name, f"埋め込みモデルを読み込めません（{_first_line(error)}）", hint) from error
    return SentenceEncoder(name, model)


def _open(source: str, trusted: bool) -> SentenceTransformer:
    """Load without the network when the files are here; ask the hub only for what is not.

    :param trusted: whether the model's modules may come from our own packages: ours do
    """
    from sentence_transformers import SentenceTransformer

    prompts = next((found for family, found in _FAMILY_PROMPTS.items() if family in source), None)

    def load(local: bool) -> SentenceTransformer:
        return SentenceTransformer(source, device="cpu", trust_remote_code=trusted, local_files_only=local)

    if Path(source).is_dir():
        model = load(True)
    else:
        try:
            model = load(True)
        except (OSError, ValueError):
            model = load(False)
    if prompts and not any(model.prompts.values()):
        model.prompts.update(prompts)
    return model


def _place(name: str) -> Path:
    return _MODELS / name.removeprefix(_BUNDLED) if name.startswith(_BUNDLED) else Path(name)


def _shipped() -> Path | None:
    """The one folder of `index/models/` that is a sentence-transformers model."""
    if not _MODELS.is_dir():
        return None
    found = sorted(folder for folder in _MODELS.iterdir() if (folder / "modules.json").is_file())
    return found[0] if found else None


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
