"""Smoothing changes no product, follows its formula, and saves what 8 bits would lose."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from indexes.embedding import export as exporting
from indexes.embedding import smoothing
from indexes.embedding.export import export
from indexes.embedding.head import Head, open_head
from indexes.embedding.model import ModelFolder, open_model
from indexes.embedding.onnx_encoder import OnnxEncoder
from indexes.embedding.smoothing import smooth
from indexes.embedding.torch_encoder import TorchEncoder
from tests.indexes.embedding.models import save_tiny_model

TEXTS = ["how long is leave", "abc xyz", "a", "trains leave at nine", "q w e r t y"]


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> ModelFolder:
    """A model, one of whose columns is far larger than the others, as in real ones."""
    folder = save_tiny_model(tmp_path_factory.mktemp("smoothing") / "model")
    weights = load_file(folder / "model.safetensors")
    for name in (
        "embeddings.LayerNorm.weight",
        "encoder.layer.0.attention.output.LayerNorm.weight",
    ):
        weights[name][3] *= 60
    for name in list(weights):  # random weights of .02 would change nothing after the residual
        if name.endswith("dense.weight") or ".self." in name:
            weights[name] *= 20
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    return open_model(str(folder))


def head_of(model: ModelFolder) -> Head:
    head = open_head(model)
    assert head is not None
    return head


def rows(model: ModelFolder, file: Path) -> NDArray[np.float32]:
    return OnnxEncoder(file, model.tokenizer, head_of(model)).encode(TEXTS, "", tokens=False)[0]


def exported(model: ModelFolder, folder: Path) -> tuple[Path, Path]:
    files = folder / "float32.onnx", folder / "int8.onnx"
    export(model, TorchEncoder(model, "float32", "cpu"), *files)
    return files


def test_what_is_evened_out_computes_the_same(uneven: ModelFolder, tmp_path: Path) -> None:
    full, _ = exported(uneven, tmp_path)
    smooth(full, tmp_path / "smooth.onnx", [uneven.tokenizer.read(text).ids for text in TEXTS])
    graph = onnx.load(tmp_path / "smooth.onnx").graph
    inserted = [node for node in graph.node if node.output[0].startswith("evened_")]
    assert inserted, "nothing was evened out"
    np.testing.assert_allclose(
        rows(uneven, tmp_path / "smooth.onnx"), rows(uneven, full), atol=1e-5
    )
    used = {name for node in graph.node for name in node.input}
    assert {tensor.name for tensor in graph.initializer} <= used


def test_it_saves_what_8_bits_would_lose(
    uneven: ModelFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "with").mkdir()
    (tmp_path / "without").mkdir()
    full, smoothed = exported(uneven, tmp_path / "with")
    monkeypatch.setattr(smoothing, "_EVEN", float("inf"))
    _, plain = exported(uneven, tmp_path / "without")
    exact = rows(uneven, full)
    lost, kept = (
        float(np.mean(1 - np.sum(rows(uneven, file) * exact, axis=1))) for file in (plain, smoothed)
    )
    assert 0 <= kept < lost / 2


def test_factors_by_their_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoothing, "_STRENGTH", 0.7)
    activation = np.array([8, 1, 0], np.float32)
    weight = np.array([[1, -2], [0.5, 0.1], [1, 1]], np.float32)
    expected = [8**0.7 / 2**0.3, 1 / 0.5**0.3, 1e-5**0.7]
    np.testing.assert_allclose(smoothing._factors(activation, weight), expected, rtol=1e-5)


def test_the_versions_of_what_makes_a_file_are_told() -> None:
    assert exporting.versions().startswith(f"export {exporting.VERSION}, onnxruntime ")
