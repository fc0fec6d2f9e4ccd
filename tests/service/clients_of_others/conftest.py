"""The service with a collection in three languages, and what POST /ask says of each question."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from indexes.embedder import Embedder
from service.settings import Settings
from tests.service.clients_of_others.questions import DOCUMENTS, QUESTIONS
from tests.service.server import serving
from tests.service.wiki import ACL, HIDDEN, HIDDEN_PATH, KEYS_FILE, Wiki, key


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Wiki:
    folder = tmp_path_factory.mktemp("library")
    made = Wiki(folder / "docs", folder / "data", embedder)
    made.root.mkdir()
    for path, text in (DOCUMENTS | {HIDDEN_PATH: HIDDEN, ".footnote-acl.toml": ACL}).items():
        made.write(path, text)
    made.ingest()
    return made


@pytest.fixture(scope="session")
def service(library: Wiki) -> Iterator[httpx.Client]:
    """The library for callers with keys; no key is sent unless a test sends it."""
    keys_file = library.data_dir / "keys.toml"
    keys_file.write_text(KEYS_FILE)
    with serving(Settings.read(data_dir=library.data_dir, keys_file=keys_file)) as client:
        yield client


@pytest.fixture(scope="session")
def base(service: httpx.Client) -> str:
    """The service's address, without a final slash."""
    return str(service.base_url).rstrip("/")


@pytest.fixture(scope="session")
def asked(service: httpx.Client) -> Mapping[str, dict[str, Any]]:
    """What POST /ask answers, by language."""
    answers: dict[str, dict[str, Any]] = {}
    for language, question in QUESTIONS.items():
        response = service.post("/ask", json={"question": question}, headers=key("staff"))
        answers[language] = response.json()
        assert len(answers[language]["citations"]) > 1, response.text
    return answers
