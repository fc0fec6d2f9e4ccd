"""What the measured check chooses, what it keeps, and what a second start makes of it."""

import importlib.util
import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from indexes.embedder import Embedder, EmbedderSettings, open_embedder
from indexes.embedding import choice, export, onnx_encoder
from indexes.embedding.choice import keeps_vectors, prepare
from indexes.embedding.head import open_head
from indexes.embedding.model import open_model
from indexes.errors import EmbedderError
from tests.indexes.embedding.models import save_tiny_model

TEXTS = ["abc", "", "how long is leave", "abc " * 40]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("choice") / "model")


@pytest.fixture(scope="module")
def exported(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a first start made of the model; never changed."""
    cache = tmp_path_factory.mktemp("exported")
    opened(model, cache).embed_queries(["abc"])
    return cache


@pytest.fixture
def cache(exported: Path, tmp_path: Path) -> Path:
    """A copy of what a first start made, for a test to use or to damage."""
    return shutil.copytree(exported, tmp_path / "cache")


def opened(model: Path, cache: Path, precision: str = "auto") -> Embedder:
    return open_embedder(EmbedderSettings(model=str(model), precision=precision, cache=cache))


def only(cache: Path, name: str) -> Path:
    (file,) = cache.glob(f"*/{name}")
    return file


def record(cache: Path) -> dict[str, object]:
    content: dict[str, object] = json.loads(only(cache, "choice.json").read_text())
    return content


def test_what_was_measured_is_written_down(model: Path, tmp_path: Path) -> None:
    embedder = opened(model, tmp_path)
    assert not list(tmp_path.glob("*")), "nothing is made before it is needed"
    assert embedder.description["precision"] == record(tmp_path)["chosen"]
    figures = record(tmp_path)["figures"]
    assert isinstance(figures, dict)
    assert figures["float32_largest_difference"] < 1e-5
    assert 0.99 < figures["int8_cosine_least"] <= figures["int8_cosine_mean"] <= 1.0001
    assert figures["int8_speedup"] == pytest.approx(
        figures["int8_texts_per_second"] / figures["float32_texts_per_second"]
    )
    names = {file.name for file in only(tmp_path, "choice.json").parent.iterdir()}
    assert names == {"choice.json", "float32.onnx", "int8.onnx", "lock"}


def test_a_second_start_reads_it_and_needs_no_torch(model: Path, cache: Path) -> None:
    first = opened(model, cache)
    expected = first.embed_queries(TEXTS).values
    script = (
        "import sys, json\nfrom pathlib import Path\n"
        "from indexes.embedder import EmbedderSettings, open_embedder\n"
        f"settings = EmbedderSettings(model={str(model)!r}, cache=Path({str(cache)!r}))\n"
        "embedder = open_embedder(settings)\n"
        f"rows = embedder.embed_queries({TEXTS!r}).values.tolist()\n"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'onnx'} & sys.modules.keys()\n"
        "print(json.dumps([embedder.fingerprint, rows, sorted(heavy)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    fingerprint, rows, heavy = json.loads(done.stdout)
    assert heavy == []
    assert fingerprint == first.fingerprint
    np.testing.assert_allclose(rows, expected, atol=1e-6)


@pytest.mark.parametrize("name", ["choice.json", "float32.onnx", "int8.onnx"])
@pytest.mark.parametrize("damage", ["cut", "emptied", "gone"])
def test_what_is_damaged_is_made_again(model: Path, cache: Path, name: str, damage: str) -> None:
    expected = opened(model, cache, "float32").embed_queries(TEXTS).values
    file = only(cache, name)
    whole = file.read_bytes()
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(whole[:-9] if damage == "cut" else b"")
    again = opened(model, cache, "float32")
    np.testing.assert_allclose(again.embed_queries(TEXTS).values, expected, atol=1e-6)
    assert file.stat().st_size > len(whole) // 2
    json.loads(only(cache, "choice.json").read_text())


def test_a_record_of_something_else_is_not_believed(model: Path, cache: Path) -> None:
    path = only(cache, "choice.json")
    other = record(cache) | {"made_for": "another processor", "chosen": "torch"}
    path.write_text(json.dumps(other))
    opened(model, cache).embed_queries(["abc"])
    assert record(cache)["chosen"] != "torch"
    assert record(cache)["made_for"] != "another processor"


def test_processes_that_start_at_once_export_once(model: Path, tmp_path: Path) -> None:
    script = (
        "import logging\nfrom pathlib import Path\n"
        "from indexes.embedder import EmbedderSettings, open_embedder\n"
        "logging.basicConfig(level=logging.INFO)\n"
        f"settings = EmbedderSettings(model={str(model)!r}, cache=Path({str(tmp_path)!r}))\n"
        "print(open_embedder(settings).embed_queries(['abc']).values[0, 0])"
    )
    pipe = subprocess.PIPE
    started = [
        subprocess.Popen([sys.executable, "-c", script], stdout=pipe, stderr=pipe, text=True)
        for _ in range(2)
    ]
    ended = [process.communicate(timeout=120) for process in started]
    assert [process.returncode for process in started] == [0, 0]
    assert len({float(printed) for printed, _ in ended}) == 1
    assert sum(logged.count("by ONNX") for _, logged in ended) == 1
    assert not list(tmp_path.glob("*/making-*"))


def test_where_nothing_can_be_written_another_folder_is_taken(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "file").write_text("no folder can be made below a file")
    opened(model, tmp_path / "file").embed_queries(["abc"])
    assert "cannot be written" in caplog.text
    assert list((tmp_path / f"footnote-{os.getuid()}").glob("*/choice.json"))


def test_a_temporary_folder_that_others_can_write_to_is_refused(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "file").write_text("")
    shared = tmp_path / f"footnote-{os.getuid()}"
    shared.mkdir()
    shared.chmod(0o777)
    with pytest.raises(EmbedderError, match="not a folder of this user alone"):
        opened(model, tmp_path / "file").embed_queries(["abc"])


def test_without_a_folder_of_its_own_the_users_cache_is_used(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    open_embedder(EmbedderSettings(model=str(model))).embed_queries(["abc"])
    assert list((tmp_path / "footnote" / "models").glob("*/choice.json"))


@pytest.mark.parametrize("missing", ["onnx", "onnxruntime"])
def test_without_onnx_the_model_runs_by_torch(
    model: Path,
    exported: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    missing: str,
) -> None:
    expected = opened(model, exported, "float32").embed_queries(TEXTS).values
    real = importlib.util.find_spec
    monkeypatch.setattr(
        "indexes.embedding.export.find_spec",
        lambda name: None if name == missing else real(name),
    )
    embedder = opened(model, tmp_path)
    np.testing.assert_allclose(embedder.embed_queries(TEXTS).values, expected, atol=1e-5)
    assert embedder.description["precision"] == "float32"
    assert f"{missing} is not installed" in caplog.text
    assert not list(tmp_path.glob("*"))
    with pytest.raises(
        EmbedderError, match=r"cannot run in int8.*not installed; set the precision"
    ):
        opened(model, tmp_path, "int8").embed_queries(["abc"])


def test_a_model_that_does_not_export_runs_by_torch_and_is_not_tried_again(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # An operator that this old set does not have makes the real exporter give up.
    monkeypatch.setattr(export, "_OPSET", 1)
    embedder = opened(model, tmp_path)
    assert embedder.embed_queries(TEXTS).values.shape == (len(TEXTS), 16)
    assert "runs by torch" in caplog.text
    assert record(tmp_path)["chosen"] == "torch"
    assert "cannot be exported" in str(record(tmp_path)["refused"])
    monkeypatch.setattr(choice, "export", None)  # would fail if it were called
    again = opened(model, tmp_path)
    assert again.embed_queries(TEXTS).values.shape == (len(TEXTS), 16)


def test_an_export_with_other_vectors_is_refused(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "SAME", 0.0)
    embedder = opened(model, tmp_path)
    assert embedder.description["precision"] == "float32"
    assert "its vectors are other ones" in str(record(tmp_path)["refused"])
    assert not list(tmp_path.glob("*/*.onnx"))


@pytest.mark.parametrize(
    ("mean", "least", "kept"),
    [(0.995, 0.98, True), (0.98, 0.98, False), (0.995, 0.9, False), (float("nan"), 0.99, False)],
)
def test_int8_must_keep_the_mean_and_every_single_vector(
    mean: float, least: float, *, kept: bool
) -> None:
    assert keeps_vectors({"int8_cosine_mean": mean, "int8_cosine_least": least}) == kept


@pytest.mark.parametrize(("faster", "chosen"), [(0.0, "int8"), (1e9, "float32")])
def test_int8_is_taken_where_it_is_faster(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, faster: float, chosen: str
) -> None:
    monkeypatch.setattr(choice, "FASTER", faster)
    assert opened(model, tmp_path).description["precision"] == chosen


def test_int8_that_loses_the_vectors_is_not_taken_but_given_with_a_warning(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(choice, "FASTER", 0.0)
    monkeypatch.setattr(choice, "KEPT_LEAST", 1.1)
    assert opened(model, tmp_path).description["precision"] == "float32"
    assert opened(model, tmp_path, "int8").description["precision"] == "int8"
    assert "int8 changes this model's vectors" in caplog.text


def test_an_export_says_nothing_of_its_insides(
    model: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        opened(model, tmp_path).embed_queries(["abc"])
    assert "by ONNX" in caplog.text
    assert "Fused" not in caplog.text
    assert "Removed" not in caplog.text


def test_a_broken_export_is_told(model: Path, cache: Path) -> None:
    known = open_model(str(model))
    head = open_head(known)
    assert head is not None
    _, folder = prepare(known, head, cache)
    (folder / "float32.onnx").write_bytes(b"no graph")
    engine = onnx_encoder.OnnxEncoder(folder / "float32.onnx", known.tokenizer, head)
    with pytest.raises(EmbedderError, match=r"cannot be loaded.*delete it"):
        engine.encode(["abc"], "", tokens=False)
