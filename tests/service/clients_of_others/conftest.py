"""The service with a collection in three languages, and what POST /ask says of each question."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from indexes.embedder import Embedder
from tests.service.clients_of_others.questions import DOCUMENTS, ask_each
from tests.service.server import serving
from tests.service.wiki import RESTRICTED, Wiki, ingested, key, keyed_settings


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Wiki:
    return ingested(tmp_path_factory.mktemp("library"), DOCUMENTS | RESTRICTED, embedder)


@pytest.fixture(scope="session")
def service(library: Wiki) -> Iterator[httpx.Client]:
    """The library for callers with keys; no key is sent unless a test sends it."""
    with serving(keyed_settings(library.data_dir)) as client:
        yield client


@pytest.fixture(scope="session")
def base(service: httpx.Client) -> str:
    """The service's address, without a final slash."""
    return str(service.base_url).rstrip("/")


@pytest.fixture(scope="session")
def asked(service: httpx.Client) -> Mapping[str, dict[str, Any]]:
    """What POST /ask answers, by language."""
    return ask_each(service, key("staff"))
