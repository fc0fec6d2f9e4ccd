"""The service with a collection in three languages, and what POST /ask says of each question."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from indexes.embedder import Embedder
from service.settings import Settings
from tests.service.clients_of_others.questions import DOCUMENTS, ask_each
from tests.service.server import serving
from tests.service.wiki import KEYS_FILE, RESTRICTED, Wiki, ingested, key


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Wiki:
    return ingested(tmp_path_factory.mktemp("library"), DOCUMENTS | RESTRICTED, embedder)


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
    return ask_each(service, key("staff"))
