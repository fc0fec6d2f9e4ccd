"""Personal data hidden in all that a reply shows around an answer, in every dialect."""

import json
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from indexes.embedder import Embedder
from ingestion.sandbox import Sandbox
from service.settings import Settings
from tests.service.archive import COLLECTION, Archive
from tests.service.server import serving

EMAIL, PHONE = "jane.doe@acme-corp.com", "+1 212-555-0187"
DESK_QUESTION = "When is the help desk open on weekdays?"
_DESK = f"""# Contacts of the help desk

## Jane Doe, {EMAIL}, {PHONE}

The help desk is open from eight in the morning to six in the evening on weekdays. Urgent problems
with printers go to the second floor, where somebody sits at all times of the day and the night.
Lost badges are reported there as well, and laptops are exchanged while their owners wait for them.
"""
LENS_QUESTION = "What does the lighthouse need before the winter storms?"
_CHAT = {
    "model": COLLECTION,
    "messages": [{"role": "user", "content": "{}"}],
    "footnote": {"mask": True},
}
BODIES: dict[str, dict[str, Any]] = {
    "/ask": {"question": "{}", "mask": True},
    "/v1/chat/completions": _CHAT,
    "/open-webui/v1/chat/completions": _CHAT,
    f"/openai/deployments/{COLLECTION}/chat/completions": _CHAT,
    "/v1/responses": {"model": COLLECTION, "input": "{}", "footnote": {"mask": True}},
    "/api/chat": {
        "messages": [{"role": "user", "parts": [{"type": "text", "text": "{}"}]}],
        "footnote": {"mask": True},
    },
}


def _mail() -> bytes:
    mail = EmailMessage()
    mail["Subject"] = f"The report, call {EMAIL} or {PHONE}"
    mail["From"] = "Ann <ann@harbour.example>"
    mail["To"] = "bob@harbour.example"
    mail.set_content("Dear Bob,\n\nplease find the report attached.\n")
    attached = "The lighthouse needs a new lens before the winter storms.\n"
    mail.add_attachment(attached, filename="report.txt")
    return mail.as_bytes()


@pytest.fixture(scope="module")
def contacts(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    folder = tmp_path_factory.mktemp("contacts")
    with Sandbox() as sandbox:
        made = Archive(folder / "docs", folder / "data", embedder, sandbox)
        made.data_dir.mkdir()
        made.write("desk.md", _DESK.encode())
        made.write(f"old/{EMAIL}/desk.md", _DESK.replace("as well", "also").encode())
        made.write("mail/report.eml", _mail())
        made.ingest()
    return folder / "data"


@pytest.fixture(scope="module")
def client(contacts: Path) -> Iterator[httpx.Client]:
    with serving(Settings.read(data_dir=contacts)) as opened:
        yield opened


def without_addresses(told: Any) -> Any:
    """``told`` without any ``uri``, which opens a document and stays."""
    if isinstance(told, dict):
        return {name: without_addresses(each) for name, each in told.items() if name != "uri"}
    return [without_addresses(each) for each in told] if isinstance(told, list) else told


def asked(client: httpx.Client, question: str, *, mask: bool) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/ask", json={"question": question, "mask": mask}).json()
    assert answer["citations"], answer
    return answer


def holds(told: object) -> bool:
    words = json.dumps(told, ensure_ascii=False)
    return EMAIL in words or PHONE in words


def test_sections_copies_and_paths_are_masked(client: httpx.Client) -> None:
    open_, masked = (asked(client, DESK_QUESTION, mask=mask) for mask in (False, True))
    (citation,) = open_["citations"][:1]
    assert holds(citation["section"])
    assert holds([citation["path"], citation["duplicates"]])
    assert not holds(without_addresses(masked))
    assert [len(each) for each in masked["citations"][0]["section"]] == [
        len(each) for each in citation["section"]
    ]
    assert masked["citations"][0]["uri"] == citation["uri"]


def test_the_mail_that_something_is_attached_to_is_masked(client: httpx.Client) -> None:
    open_, masked = (asked(client, LENS_QUESTION, mask=mask) for mask in (False, True))
    assert holds(open_["citations"][0]["attached_to"])
    assert masked["citations"][0]["attached_to"]["document_id"]
    assert not holds(without_addresses(masked))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("question", [DESK_QUESTION, LENS_QUESTION])
def test_every_dialect_is_masked(
    client: httpx.Client, path: str, question: str, *, stream: bool
) -> None:
    body = json.loads(json.dumps(BODIES[path]).replace("{}", question)) | {"stream": stream}
    response = client.post(path, json=body)
    assert response.status_code == 200, response.text
    lines = [line.removeprefix("data: ") for line in response.text.split("\n")]
    told = [json.loads(line) for line in lines if line.startswith("{")]
    assert told
    assert not holds(without_addresses(told))
