"""Any sentence-transformers model by path, its prompts, and what is said when there is none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index import Index
from index.embed import canonical, fingerprint, load_encoder
from ingest.errors import ModelMismatch, UnusableIndex
from tests.index.seeded import AGENCY, GARDEN


def _model(folder: Path, seed: int = 0, **prompts: str) -> Path:
    """A model of one random vector a character, saved as any sentence-transformers model is."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer, models, pre_tokenizers

    alphabet = sorted(set(AGENCY.text + GARDEN.text + "".join(prompts.values()) + "[]"))
    vocabulary = {character: at for at, character in enumerate(["[UNK]", *alphabet])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    weights = np.random.default_rng(seed).standard_normal((len(vocabulary), 24)).astype(np.float32)
    static = StaticEmbedding(tokenizer, embedding_weights=weights)
    SentenceTransformer(modules=[static], prompts=prompts or None, device="cpu").save_pretrained(str(folder))
    return folder


def test_a_model_is_used_with_its_own_prompts(tmp_path: Path) -> None:
    encoder = load_encoder(str(_model(tmp_path / "m", query="[質問]", document="[文書]")))
    query, passage = encoder.encode_queries(["朝顔の種"]), encoder.encode_documents(["朝顔の種"])
    assert query.shape == passage.shape == (1, encoder.dimension) == (1, 24)
    assert np.allclose(np.linalg.norm(query, axis=1), 1, atol=1e-5)
    assert not np.allclose(query, passage)


def test_a_model_without_prompts_sees_a_question_and_a_passage_alike(tmp_path: Path) -> None:
    encoder = load_encoder(str(_model(tmp_path / "m")))
    assert np.allclose(encoder.encode_queries(["朝顔"]), encoder.encode_documents(["朝顔"]))


def test_a_known_family_gets_the_prompts_its_authors_ask_for(tmp_path: Path) -> None:
    encoder = load_encoder(str(_model(tmp_path / "multilingual-e5-small")))
    plain = load_encoder(str(_model(tmp_path / "plain")))
    assert np.allclose(encoder.encode_queries(["朝顔"]), plain.encode_queries(["query: 朝顔"]))
    assert np.allclose(encoder.encode_documents(["朝顔"]), plain.encode_queries(["passage: 朝顔"]))


def test_an_index_finds_its_model_again_and_refuses_one_trained_anew(tmp_path: Path) -> None:
    model = _model(tmp_path / "m")
    index = Index.open(tmp_path / "x", str(model))
    index.add([AGENCY, GARDEN])
    found = index.search("朝顔の種")
    index.close()
    index = Index.open(tmp_path / "x")
    assert index.search("朝顔の種") == found
    index.close()
    _model(tmp_path / "m", seed=1)
    fingerprint.cache_clear()
    with pytest.raises(ModelMismatch, match="変わって"):
        Index.open(tmp_path / "x")


def test_a_model_that_moved_is_the_same_model(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "x", str(_model(tmp_path / "m")))
    index.add([AGENCY])
    index.close()
    (tmp_path / "m").rename(tmp_path / "elsewhere")
    fingerprint.cache_clear()
    index = Index.open(tmp_path / "x", str(tmp_path / "elsewhere"))
    assert index.search("デジタル庁")[0].dense_rank
    index.close()


def test_a_model_that_is_not_there_gets_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    (tmp_path / "empty").mkdir()
    for name in (str(tmp_path / "empty"), str(tmp_path / "nowhere"), "nobody/no-such-model"):
        index = Index.open(tmp_path / "x", name)
        with pytest.raises(UnusableIndex) as raised:
            index.add([AGENCY])
        assert Path(name).name in str(raised.value) and "\n" not in str(raised.value)
        index.close()


def test_a_model_with_code_of_its_own_is_not_run_unasked(tmp_path: Path) -> None:
    modules = _model(tmp_path / "m") / "modules.json"
    modules.write_text(
        json.dumps([{"idx": 0, "name": "0", "path": "", "type": "code_of_a_stranger.Module"}]),
        encoding="utf-8",
    )
    with pytest.raises(UnusableIndex, match="TENKYO_TRUST_MODEL_CODE"):
        load_encoder(str(tmp_path / "m"))


def test_without_a_model_words_alone_are_searched(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "x", "none")
    index.add([AGENCY, GARDEN])
    hits = index.search("朝顔の種")
    assert hits and all(hit.lexical_rank and hit.dense_rank is None for hit in hits)
    index.close()


def test_a_path_is_remembered_whole_and_a_hub_name_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "m").mkdir()
    monkeypatch.chdir(tmp_path)
    assert canonical("m") == canonical("./m") == str(tmp_path / "m")
    assert canonical("cl-nagoya/ruri-v3-30m") == "cl-nagoya/ruri-v3-30m"


def test_listing_an_index_loads_neither_torch_nor_sentence_transformers(tmp_path: Path) -> None:
    index = Index.open(tmp_path / "x", "none")
    index.add([AGENCY])
    index.close()
    script = (
        "import sys; from pathlib import Path; from index import Index;"
        "index = Index.open(Path(sys.argv[1]), 'none'); assert len(index.documents()) == 1;"
        "index.search('デジタル庁');"
        "assert not {'torch', 'sentence_transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "x")], check=True, env=os.environ)
