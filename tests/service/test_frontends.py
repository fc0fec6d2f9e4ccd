"""What docs/frontends.md tells people to write, run as it stands there against the service."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from openai import AzureOpenAI, OpenAI

from service.clients.client import Footnote
from service.clients.llama_index import FootnoteRetriever
from tests.service.wiki import COLLECTION, KEYS, LEAVE_ID, QUESTION, key

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "frontends.md").read_text("utf-8")
MCP = "MCP: ChatGPT, Claude, Cursor and others"
ADDRESS, SOME_KEY, SOME_QUESTION = "http://127.0.0.1:8000", "fn-...", '"..."'
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def snippet(section: str, language: str = "python") -> str:
    """The one piece of code of a section."""
    (code,) = re.findall(rf"```{language}\n(.*?)```", SECTIONS[section], re.DOTALL)
    return str(code)


@pytest.fixture(scope="module")
def base(keyed: httpx.Client) -> str:
    return str(keyed.base_url).rstrip("/")


@pytest.fixture(scope="module")
def quotes(keyed: httpx.Client) -> list[str]:
    """What POST /ask cites."""
    answer = keyed.post("/ask", json={"question": QUESTION}, headers=key("staff")).json()
    return [citation["quote"] for citation in answer["citations"]]


def run(section: str, base: str, **given: Any) -> SimpleNamespace:
    """The names that the section's code leaves, run with a real address, key and question."""
    code = snippet(section)
    for told, real in ((ADDRESS, base), (SOME_KEY, KEYS["staff"]), (SOME_QUESTION, repr(QUESTION))):
        assert told in code or told == SOME_QUESTION, f"{section} does not say {told}"
        code = code.replace(told, real)
    names: dict[str, Any] = dict(given)
    exec(compile(code, section, "exec"), names)  # noqa: S102  (the documentation is ours)
    return SimpleNamespace(**{name: value for name, value in names.items() if name.isidentifier()})


def test_openai(base: str, quotes: list[str]) -> None:
    made = run("OpenAI clients", base, OpenAI=OpenAI)
    with made.client:
        message = made.completion.choices[0].message
        assert len(message.annotations) == len(quotes) > 0
        place = message.annotations[0].url_citation
        assert message.content[place.start_index : place.end_index] == "[1]"


def test_azure(base: str, quotes: list[str]) -> None:
    with run('Azure "On Your Data"', base, AzureOpenAI=AzureOpenAI).client as client:
        completion = client.chat.completions.create(
            model=COLLECTION, messages=[{"role": "user", "content": QUESTION}]
        )
    cited = completion.choices[0].message.model_extra["context"]["citations"]
    assert [citation["content"] for citation in cited] == quotes


def test_python(base: str, quotes: list[str]) -> None:
    made = run("Python", base, Footnote=Footnote)
    assert [quote for _, quote in made.quotes] == quotes


def test_llama_index(base: str) -> None:
    made = run("LlamaIndex", base, Footnote=Footnote, FootnoteRetriever=FootnoteRetriever)
    with made.client:
        assert made.nodes[0].metadata["document_id"] == LEAVE_ID


def test_the_ai_sdk_is_connected_as_its_test_connects_it() -> None:
    script = (ROOT / "tests/service/clients_of_others/chat.mjs").read_text("utf-8")
    names = {
        f'"{ADDRESS}/api/chat"': "`${address}/api/chat`",
        f'collection: "{COLLECTION}"': "collection",
    }
    code = snippet("Vercel AI SDK", "js")
    for told, real in names.items():
        assert told in code
        code = code.replace(told, real)
    assert squeezed(code) in squeezed(script)


def squeezed(code: str) -> str:
    """Code without what a formatter may change."""
    return re.sub(r"\s+|,(?=\s*[}\])])", "", code)


# Connected in a form of the front end's: its address, and what is asked there first.
ADDRESSES: Mapping[str, tuple[str, str, dict[str, Any] | None]] = {
    "Dify": (
        "http://footnote:8000",
        "/retrieval",
        {"knowledge_id": COLLECTION, "query": QUESTION, "retrieval_setting": {"top_k": 1}},
    ),
    MCP: (f"{ADDRESS}/mcp", "", {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}),
    "Open WebUI": ("http://footnote:8000/open-webui/v1", "/models", None),
}


@pytest.mark.parametrize("section", ADDRESSES)
def test_an_address_answers(keyed: httpx.Client, section: str) -> None:
    address, path, body = ADDRESSES[section]
    assert f"`{address}`" in SECTIONS[section]
    headers = key("staff") | {"Accept": "application/json, text/event-stream"}
    place = httpx.URL(address).path.rstrip("/") + path
    reply = keyed.request("POST" if body else "GET", place, json=body, headers=headers)
    assert reply.status_code == 200, reply.text
    if section == MCP:
        for tool in ("search", "fetch", "ask"):
            assert f"`{tool}(" in SECTIONS[section]
            assert f'"name":"{tool}"' in reply.text


def test_every_front_end_is_shown() -> None:
    shown = {*ADDRESSES, "OpenAI clients", 'Azure "On Your Data"', "Python", "LlamaIndex"}
    assert SECTIONS.keys() == shown | {"Vercel AI SDK"}


def named_tests() -> Iterator[str]:
    return iter(re.findall(r"`((?:tests/[\w/]+/)?test_\w+\.py)`", PAGE))


def test_the_tests_that_the_page_names_are_there() -> None:
    names = list(named_tests())
    assert len(names) >= len(SECTIONS) - 1
    for name in names:
        assert list((ROOT / "tests").rglob(Path(name).name)), name
