"""Vercel's AI SDK in Node: its own transport, its own check of every part, its own message."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.service.clients_of_others.questions import (
    LANGUAGES,
    QUESTIONS,
    UNANSWERABLE,
    footnotes,
    link,
    marks,
)
from tests.service.wiki import COLLECTION, HIDDEN_QUESTION, HIDDEN_TITLE, KEYS, key

# A folder `node_modules` that holds the package `ai`, as `npm install ai` makes one.
VARIABLE = "AI_SDK_NODE_MODULES"
SCRIPT = Path(__file__).with_name("chat.mjs")
_SECONDS = 60

Chat = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def chat(base: str, tmp_path_factory: pytest.TempPathFactory) -> Chat:
    """Asks with the SDK; arguments are the texts of the conversation."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    modules = Path(os.environ.get(VARIABLE, Path.home() / ".cache/footnote/node_modules"))
    if not (modules / "ai/package.json").is_file():
        pytest.skip(f"the npm package `ai` is not in {modules}; install it, or set {VARIABLE}")
    folder = tmp_path_factory.mktemp("node")
    (folder / "node_modules").symlink_to(modules)
    script = shutil.copy(SCRIPT, folder)

    def ask(*texts: str, name: str = "staff") -> dict[str, Any]:
        done = subprocess.run(
            [node, script, base, KEYS[name], COLLECTION, *texts],
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        shown: dict[str, Any] = json.loads(done.stdout)
        return shown

    return ask


def parts(shown: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    return [part for part in shown["message"]["parts"] if part["type"] == kind]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_shows_the_footnotes_of_ask(
    chat: Chat, base: str, asked: Mapping[str, dict[str, Any]], language: str
) -> None:
    answer = asked[language]
    shown = chat(QUESTIONS[language])
    assert [each["mark"] for each in shown["marks"]] == [f"[{label}]" for label in marks(answer)]
    by_label = {each["label"]: each for each in answer["citations"]}
    for each in shown["marks"]:
        citation = by_label[each["label"]]
        assert (each["citedText"], each["documentId"]) == (
            citation["quote"],
            citation["document_id"],
        )
        assert each["url"] == link(base, citation)
    sources = parts(shown, "source-url")
    told = [source["providerMetadata"]["footnote"] for source in sources]
    assert footnotes(told) == footnotes(answer["citations"])
    assert [source["url"] for source in sources] == [
        link(base, each) for each in answer["citations"]
    ]
    documents = [part["sourceId"] for part in parts(shown, "source-document")]
    assert documents == list(dict.fromkeys(each["document_id"] for each in answer["citations"]))
    metadata = shown["message"]["metadata"]["footnote"]
    assert metadata["text"] == answer["answer"]
    assert metadata["snapshot"] == answer["snapshot"]


def test_a_conversation_goes_on(chat: Chat) -> None:
    first = chat(QUESTIONS["en"])
    second = chat(QUESTIONS["en"], first["text"], "What is the daily allowance?")
    assert "forty euros. [1]" in second["text"]


def test_who_abstains_has_no_source(chat: Chat) -> None:
    shown = chat(UNANSWERABLE)
    assert shown["message"]["metadata"]["footnote"]["abstained"]
    assert shown["text"].startswith(shown["message"]["metadata"]["footnote"]["reason"])
    assert shown["marks"] == parts(shown, "source-url") == []


def test_each_caller_sees_its_own(chat: Chat) -> None:
    assert "quatloos" in json.dumps(chat(HIDDEN_QUESTION, name="hr"))
    hidden = json.dumps(chat(HIDDEN_QUESTION))
    assert "quatloos" not in hidden
    assert HIDDEN_TITLE not in hidden


def test_the_stream_says_what_it_is(service: httpx.Client) -> None:
    body = {"messages": [{"role": "user", "parts": [{"type": "text", "text": "Why?"}]}]}
    response = service.post("/api/chat", json=body, headers=key("staff"))
    assert response.headers["x-vercel-ai-ui-message-stream"] == "v1"
    assert response.headers["Content-Type"].startswith("text/event-stream")
    assert response.text.endswith("data: [DONE]\n\n")


def test_a_file_is_refused(service: httpx.Client) -> None:
    file = {"type": "file", "mediaType": "image/png", "url": "data:image/png;base64,AA=="}
    body = {"messages": [{"role": "user", "parts": [file]}]}
    response = service.post("/api/chat", json=body, headers=key("staff"))
    assert response.status_code == 422
    assert "only text is read here" in response.json()["detail"]
