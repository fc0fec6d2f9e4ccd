"""Every way of pooling, and what may follow it, against sentence-transformers itself."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from indexes.embedder import Embedder, EmbedderSettings, open_embedder
from indexes.embedding.head import open_head
from indexes.embedding.model import open_model
from indexes.errors import EmbedderError
from tests.indexes.embedding.models import TINY_DIMENSIONS, save_tiny_model

TEXTS = ["a", "how long is leave", "", "abc " * 40, "x y z"]
POOLINGS = ["mean", "cls", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"]


def runs_by_onnx(folder: Path) -> bool:
    """Whether the export agreed with torch; otherwise torch would have taken its place."""
    return bool(list(folder.with_name("cache").glob("*/float32.onnx")))


def reference(folder: Path) -> NDArray[np.float32]:
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 (it takes seconds)

    model = SentenceTransformer(str(folder), device="cpu")
    vectors: NDArray[np.float32] = model.encode(TEXTS, normalize_embeddings=True)
    return vectors


def opened(folder: Path, dimensions: int = 0) -> Embedder:
    return open_embedder(
        EmbedderSettings(
            model=str(folder),
            precision="float32",
            cache=folder.with_name("cache"),
            dimensions=dimensions,
        )
    )


@pytest.mark.parametrize("pooling", [*POOLINGS, ("cls", "mean")])
def test_pooling_is_that_of_the_model(tmp_path: Path, pooling: str | tuple[str, ...]) -> None:
    folder = save_tiny_model(tmp_path / "model", pooling=pooling)
    assert open_head(open_model(str(folder))) is not None
    vectors = opened(folder).embed_passages(TEXTS).values
    np.testing.assert_allclose(vectors, reference(folder), atol=1e-5)
    assert runs_by_onnx(folder)


@pytest.mark.parametrize(
    ("after", "by_onnx"),
    [
        (("Normalize",), True),
        (("Dense",), True),
        (("Normalize", "Dense", "Normalize"), True),
        (("LayerNorm",), False),
    ],
)
def test_what_follows_the_pooling_is_done_too(
    tmp_path: Path, after: tuple[str, ...], *, by_onnx: bool
) -> None:
    folder = save_tiny_model(tmp_path / "model", after=after)
    assert (open_head(open_model(str(folder))) is not None) == by_onnx
    vectors = opened(folder).embed_passages(TEXTS).values
    np.testing.assert_allclose(vectors, reference(folder), atol=1e-5)
    assert runs_by_onnx(folder) == by_onnx


def test_a_model_that_lists_no_modules_pools_by_the_mean(tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "model")
    whole = opened(folder).embed_passages(TEXTS).values
    (folder / "modules.json").unlink()
    np.testing.assert_allclose(opened(folder).embed_passages(TEXTS).values, whole, atol=1e-6)
    np.testing.assert_allclose(reference(folder), whole, atol=1e-5)


def test_the_two_ways_of_writing_a_pooling_down_are_one(tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "model", pooling=("cls", "mean"))
    new = opened(folder)
    (folder / "1_Pooling" / "config.json").write_text(
        '{"word_embedding_dimension": 16, "pooling_mode_cls_token": true, '
        '"pooling_mode_mean_tokens": true, "pooling_mode_max_tokens": false}'
    )
    old = opened(folder)
    assert old.space == new.space
    np.testing.assert_array_equal(
        old.embed_passages(TEXTS).values, new.embed_passages(TEXTS).values
    )


def test_another_pooling_is_another_space(tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "model")
    mean = opened(folder).space
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode": "cls"}')
    assert opened(folder).space != mean


def test_fewer_dimensions_are_the_first_ones_at_unit_length(tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "model")
    whole, part = opened(folder), opened(folder, dimensions=6)
    vectors = part.embed_queries(TEXTS).values
    cut = whole.embed_queries(TEXTS).values[:, :6]
    np.testing.assert_allclose(vectors, cut / np.linalg.norm(cut, axis=1, keepdims=True), atol=1e-6)
    assert part.dimensions == 6
    assert part.space != whole.space
    assert part.embed_queries([]).values.shape == (0, 6)


def test_more_dimensions_than_there_are_is_told(tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "model")
    with pytest.raises(EmbedderError, match=f"17 dimensions.*which has {TINY_DIMENSIONS}"):
        opened(folder, dimensions=17).embed_queries(["abc"])


@pytest.mark.parametrize("content", [b"", b"{}", b"\0" * 64])
def test_a_damaged_dense_layer_is_told(tmp_path: Path, content: bytes) -> None:
    folder = save_tiny_model(tmp_path / "model", after=("Dense",))
    (folder / "2_Dense" / "model.safetensors").write_bytes(content)
    with pytest.raises(EmbedderError, match=r"2_Dense/model\.safetensors is damaged"):
        opened(folder).embed_queries(["abc"])
