"""Which embedding model an index is of: "why was my index refused?" """

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from index import embed
from index.embed import Encoder
from ingest.errors import ModelMismatch


@dataclass(frozen=True, slots=True)
class Model:
    """The embedding model an index was built with."""

    name: str
    dimension: int
    fingerprint: str = ""


def model_of(encoder: Encoder) -> Model:
    """What an index remembers of a model."""
    return Model(encoder.name, encoder.dimension, embed.fingerprint(encoder.name))


def agree(index: str | Path, built: Model | None, asked: Model) -> None:
    """Let pass whoever asks for the model that the vectors of an index are of.

    :param index: where it lies, for the message
    :param built: the model of what is in the index; None while nothing is
    :raises ModelMismatch: the index holds vectors of another model
    """
    if built is None or built == asked:
        return
    if built.fingerprint and (built.fingerprint, built.dimension) == (asked.fingerprint, asked.dimension):
        return  # the same model moved to another folder
    hint = f"model に {built.name} を指定するか、別の --index に作り直してください"
    if built.name == asked.name:
        reason = f"埋め込みモデル {asked.name} が索引を作った後で変わっています"
        hint = "別の --index に作り直してください"
    else:
        reason = f"この索引は埋め込みモデル {built.name} で作られていますが、{asked.name} が指定されました"
    raise ModelMismatch(index, reason, hint)
