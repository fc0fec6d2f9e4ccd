"""The torch engine: batches, prefixes that are not pooled, and models of another tokenizer."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.embedder import EmbedderSettings, open_embedder
from indexes.embedding.model import open_model
from indexes.embedding.torch_encoder import TorchEncoder, _batches, cuda_is_there
from indexes.errors import EmbedderError
from tests.indexes.embedding.models import save_tiny_model

TEXTS = ["abc", "", "how long is leave", "abc " * 40, "x"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("torch") / "model")


@given(st.lists(st.integers(1, 50), max_size=30), st.integers(1, 120))
def test_batches_hold_every_text_once_within_the_budget(lengths: list[int], budget: int) -> None:
    batches = list(_batches(lengths, budget))
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    order = [lengths[place] for batch in batches for place in batch]
    assert order == sorted(lengths, reverse=True)
    for batch in batches:
        assert len(batch) == 1 or len(batch) * lengths[batch[0]] <= budget


def test_a_batch_is_what_its_texts_are_alone(model: Path) -> None:
    encoder = TorchEncoder(open_model(str(model)), "float32", "cpu")
    rows, tokens = encoder.encode(TEXTS, "p ", tokens=True)
    for i, text in enumerate(TEXTS):
        row, (alone,) = encoder.encode([text], "p ", tokens=True)
        np.testing.assert_allclose(rows[i], row[0], atol=1e-6)
        assert tokens[i].spans == alone.spans
        np.testing.assert_allclose(tokens[i].values, alone.values, atol=1e-6)


def test_a_prefix_that_is_not_pooled_is_read_and_left_out(model: Path, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 (it takes seconds)

    saved = save_tiny_model(tmp_path / "model")
    pooling = saved / "1_Pooling" / "config.json"
    pooling.write_text(json.dumps(json.loads(pooling.read_text()) | {"include_prompt": False}))
    texts = ["abc", "how long is leave"]
    embedder = open_embedder(
        EmbedderSettings(model=str(saved), query_prefix="q: ", cache=tmp_path / "cache")
    )
    vectors = embedder.embed_queries(texts).values
    reference = SentenceTransformer(str(saved), device="cpu")
    expected = reference.encode(texts, prompt="q: ", normalize_embeddings=True)
    np.testing.assert_allclose(vectors, expected, atol=1e-5)
    pooled = open_embedder(EmbedderSettings(model=str(model), query_prefix="q: "))
    assert np.abs(vectors - pooled.embed_queries(texts).values).max() > 1e-3


def test_a_model_that_divides_texts_otherwise_is_followed(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 (it takes seconds)

    saved = save_tiny_model(tmp_path / "model")
    # What is lowered by the model's class is unknown to a tokenizer.json that keeps capitals.
    raw = json.loads((saved / "tokenizer.json").read_text())
    raw["normalizer"] = None
    (saved / "tokenizer.json").write_text(json.dumps(raw))
    known = open_model(str(saved))
    encoder = TorchEncoder(known, "float32", "cpu")
    texts = ["ABC", "How Long", "xyz"]
    reference = SentenceTransformer(str(saved), device="cpu")
    expected = reference.encode(texts, normalize_embeddings=True)
    rows, tokens = encoder.encode(texts, "", tokens=True)
    np.testing.assert_allclose(rows, expected, atol=1e-5)
    same = [
        reference.tokenizer(text)["input_ids"] == known.tokenizer.read(text).ids for text in texts
    ]
    assert same == [False, False, True]
    assert [entry.spans for entry in tokens] == [(), (), ((0, 1), (1, 2), (2, 3))]
    embedder = open_embedder(
        EmbedderSettings(model=str(saved), precision="float32", cache=tmp_path / "cache")
    )
    np.testing.assert_allclose(embedder.embed_passages(texts).values, expected, atol=1e-5)


def test_weights_of_another_shape_are_told(tmp_path: Path) -> None:
    saved = save_tiny_model(tmp_path / "model")
    configuration = json.loads((saved / "config.json").read_text())
    (saved / "config.json").write_text(json.dumps(configuration | {"hidden_size": 10}))
    with pytest.raises(EmbedderError, match=f"{saved} cannot be loaded"):
        TorchEncoder(open_model(str(saved)), "float32", "cpu").encode(["a"], "", tokens=False)


@pytest.mark.gpu
@pytest.mark.skipif(not cuda_is_there(), reason="no CUDA device")
def test_half_precision_on_a_gpu_is_near_the_processor() -> None:
    embedders = [
        open_embedder(EmbedderSettings(device="cuda")),
        open_embedder(EmbedderSettings(device="cpu", precision="float32")),
    ]
    texts = [f"Leave of {n} days is asked for in writing. " * (n % 7 + 1) for n in range(200)]
    fast, exact = (embedder.encode_passages(texts) for embedder in embedders)
    assert np.sum(fast.vectors.values * exact.vectors.values, axis=1).min() > 0.9995
    assert embedders[0].space == embedders[1].space
    assert embedders[0].description["precision"] == "float16"
    for made, expected in zip(fast.tokens, exact.tokens, strict=True):
        assert made.spans == expected.spans
        assert np.sum(made.values * expected.values, axis=1).min() > 0.99
