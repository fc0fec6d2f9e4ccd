"""A document that is gone at its source: after the next run, no route tells of it."""

from collections.abc import Iterator

import httpx
import pytest

from indexes.embedder import Embedder
from service.settings import Settings
from tests.service.archive import (
    ATTACHED,
    ATTACHMENT,
    COLLECTION,
    CRANE_QUESTION,
    HANDBOOK,
    HANDBOOK_TITLE,
    LENS_QUESTION,
    MAIL,
    PAGES,
    SUBJECT,
    Archive,
    archive,
    identity,
)
from tests.service.server import eventually, serving
from tests.service.test_permissions import is_refused, visit

PICTURE = f"/documents/{identity(HANDBOOK)}/pages/2.png"


@pytest.fixture(scope="module")
def shrinking(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Archive]:
    with archive(tmp_path_factory.mktemp("shrinking"), embedder) as made:
        yield made


@pytest.fixture(scope="module")
def client(shrinking: Archive) -> Iterator[httpx.Client]:
    settings = Settings.read(data_dir=shrinking.data_dir, snapshot_poll_seconds=0.05)
    with serving(settings) as served:
        yield served


def test_every_route_forgets(shrinking: Archive, client: httpx.Client) -> None:
    gone = {
        HANDBOOK: (CRANE_QUESTION, [HANDBOOK, HANDBOOK_TITLE.lower(), PAGES[1].lower()]),
        ATTACHMENT: (LENS_QUESTION, [MAIL, SUBJECT.lower(), ATTACHED.lower()]),
    }
    kept = {"If-None-Match": client.get(PICTURE).headers["ETag"]}
    assert client.get(PICTURE, headers=kept).status_code == 304
    everywhere = {
        *("/ask", "/search", "/documents", "/documents/ID", "/documents/ID/text", "/feedback"),
        "/documents/ID/pages/1.png",
        *("/v1/chat/completions", "/v1/responses", "/api/chat", "/retrieval", "/mcp"),
        *("/open-webui/v1/chat/completions", f"/openai/deployments/{COLLECTION}/chat/completions"),
    }
    assert {path: telling(client, path, *gone[path]) for path in gone} == {
        HANDBOOK: everywhere,
        ATTACHMENT: everywhere - {"/documents/ID/pages/1.png"},  # a text has no pages
    }
    for path in (HANDBOOK, MAIL):
        (shrinking.root / path).unlink()
        assert path in shrinking.ingest().deleted
    eventually(lambda: client.get(f"/documents/{identity(MAIL)}").status_code == 404)
    assert {path: telling(client, path, *gone[path]) for path in gone} == {
        HANDBOOK: set(),
        ATTACHMENT: set(),
    }
    for headers in (kept, {"If-None-Match": "*"}):
        assert client.get(PICTURE, headers=headers).status_code == 404


def telling(client: httpx.Client, path: str, question: str, secrets: list[str]) -> set[str]:
    """The routes that tell of a document, or take its id for one that is there."""
    told = set()
    for response in visit(client, {}, identity(path), question, COLLECTION):
        assert response.status_code in {200, 201, 304, 404}, response.text
        asked = f"{response.request.url.path} {response.request.content.decode()}"
        found = identity(path) in asked and not is_refused(response)
        if found or any(secret in response.text.lower() for secret in secrets):
            told.add(response.request.url.path.replace(identity(path), "ID"))
    return told
