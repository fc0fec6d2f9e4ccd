"""The service with a collection in three languages, and what POST /ask says of each question."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from indexes.embedder import Embedder
from service.clients.client import Footnote
from tests.service.clients_of_others.questions import DOCUMENTS, ask_each
from tests.service.server import serving
from tests.service.wiki import KEYS, RESTRICTED, Wiki, ingested, key, keyed_settings

# Of several passages, so that not each begins where its document does.
LONG_PATH = "long/rules.md"
LONG = "# Xe đạp 😀\n\n" + "\n\n".join(
    f"Quy định {number} 🎉: xe đạp màu đỏ mang biển {number} đỗ trong nhà kho {number + 60}."
    for number in range(1, 61)
)
# Bytes of a body that the service takes.
LIMIT = 20_000


@pytest.fixture(scope="package")
def library(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Wiki:
    documents = DOCUMENTS | {LONG_PATH: LONG} | RESTRICTED
    return ingested(tmp_path_factory.mktemp("clients"), documents, embedder)


@pytest.fixture(scope="package")
def service(library: Wiki) -> Iterator[httpx.Client]:
    """The library for callers with keys; no key is sent unless a test sends it."""
    with serving(keyed_settings(library.data_dir, max_body_bytes=LIMIT)) as client:
        yield client


@pytest.fixture(scope="package")
def base(service: httpx.Client) -> str:
    """The service's address, without a final slash."""
    return str(service.base_url).rstrip("/")


@pytest.fixture(scope="package")
def asked(service: httpx.Client) -> Mapping[str, dict[str, Any]]:
    """What POST /ask answers, by language."""
    return ask_each(service, key("staff"))


@pytest.fixture(scope="package")
def footnote(base: str) -> Iterator[Footnote]:
    """Our client, as one of the staff."""
    with Footnote(base, KEYS["staff"]) as client:
        yield client
