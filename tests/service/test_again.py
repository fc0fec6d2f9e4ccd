"""What is asked again is told in the same bytes, to nobody else and no longer than it holds."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from indexes.types import Scope
from service.answering.types import Question
from service.api import asking
from service.app import create_app
from service.errors import UNFORESEEN
from service.settings import Settings
from tests.service.server import eventually, serving
from tests.service.wiki import HIDDEN_QUESTION, KEYS_FILE, QUESTION, Wiki, key

OWN = {"timings_ms", "request_id"}
ASK = {"question": QUESTION, "top_k": 5}


@pytest.fixture
def app(wiki: Wiki, tmp_path: Path) -> FastAPI:
    keys_file = tmp_path / "keys.toml"
    keys_file.write_text(KEYS_FILE)
    made = create_app(Settings.read(data_dir=wiki.data_dir, keys_file=keys_file))
    made.state.service.collections.refresh()
    return made


def over(
    app: FastAPI, use: Callable[[httpx.AsyncClient], Awaitable[None]], reader: str = "staff"
) -> None:
    """Use the application without a port, as one reader."""

    async def run() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://here", headers=key(reader)
        ) as client:
            await use(client)

    asyncio.run(run())


async def asked(client: httpx.AsyncClient, body: object = ASK, times: int = 1) -> httpx.Response:
    for _ in range(times):
        response = await client.post("/ask", json=body)
        assert response.status_code == 200, response.text
    return response


def without_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: Any) -> None:
        raise AssertionError("a thread is asked for")

    monkeypatch.setattr(asking, "run_in_threadpool", refuse)


@pytest.mark.parametrize("body", [ASK, ASK | {"mask": True}, {"question": "¿Zzyzx 是什么？"}])
def test_the_third_time_the_same_is_told_without_a_thread(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch, body: dict[str, Any]
) -> None:
    async def use(client: httpx.AsyncClient) -> None:
        first = await asked(client, body)
        second = await asked(client, body)
        without_threads(monkeypatch)
        third = await asked(client, body)
        told, written = third.json(), second.json()
        assert (first.json().get("cached"), written["cached"]) == (None, "exact")
        assert list(told) == list(written)
        assert {k: v for k, v in told.items() if k not in OWN} == {
            k: v for k, v in written.items() if k not in OWN
        }
        assert third.text.partition('"timings_ms"')[0] == second.text.partition('"timings_ms"')[0]
        assert third.headers["X-Request-Id"] == told["request_id"] != written["request_id"]
        assert 0 < told["timings_ms"].pop("total") < 1000
        assert told["timings_ms"] == {}
        passing = {"content-length", "x-request-id"}
        assert set(third.headers.items()) - {
            (name, value) for name, value in third.headers.items() if name in passing
        } == {(name, value) for name, value in second.headers.items() if name not in passing}

    over(app, use)


@pytest.mark.parametrize(
    "other",
    [
        {"question": f"{QUESTION} "},
        {"top_k": 6},
        {"mask": True},
        {"release": "flag"},
        {"filters": {"path_prefix": "guide/"}},
        {"stream": True},
        {"history": [{"role": "user", "content": "Is there leave?"}]},
    ],
    ids=str,
)
def test_what_is_asked_in_another_way_is_not_told(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch, other: dict[str, Any]
) -> None:
    async def use(client: httpx.AsyncClient) -> None:
        await asked(client, times=3)
        without_threads(monkeypatch)
        assert (await client.post("/ask", json=ASK | other)).status_code == UNFORESEEN.status

    over(app, use)


def test_nobody_is_told_what_another_scope_was_told(app: FastAPI) -> None:
    body = {"question": HIDDEN_QUESTION}

    async def permitted(client: httpx.AsyncClient) -> None:
        assert "quatloos" in (await asked(client, body, times=3)).text

    async def others(client: httpx.AsyncClient) -> None:
        for _ in range(3):
            assert "quatloos" not in (await asked(client, body)).text

    over(app, permitted, "hr")
    over(app, others, "staff")
    over(app, permitted, "hr")


def test_what_is_told_is_counted_and_may_be_judged(app: FastAPI) -> None:
    async def use(client: httpx.AsyncClient) -> None:
        told = (await asked(client, times=4)).json()
        judged = {"request_id": told["request_id"], "verdict": "up"}
        response = await client.post("/feedback", json=judged)
        assert response.json()["answer_known"] is True
        counted = (await client.get("/metrics")).text.splitlines()
        (requests,) = [
            line for line in counted if "footnote_requests_total{" in line and '"/ask"' in line
        ]
        assert requests.endswith(" 4.0")
        (again,) = [line for line in counted if 'footnote_answers_total{cached="exact"' in line]
        assert again.endswith(" 3.0")

    over(app, use)


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (json.dumps(ASK), {"Content-Type": "text/plain"}, 422),
        (json.dumps(ASK), {"Authorization": "Bearer nobody's"}, 401),
        (json.dumps(ASK | {"collection": "another"}), {}, 404),
        (json.dumps(ASK | {"more": 1}), {}, 422),
        ("{", {}, 422),
        (json.dumps({"question": "x" * 20_000}), {}, 422),
    ],
)
def test_what_is_wrong_is_refused_as_ever(
    app: FastAPI, content: str, headers: dict[str, str], status: int
) -> None:
    async def use(client: httpx.AsyncClient) -> None:
        await asked(client, times=3)
        sent = {"Content-Type": "application/json", **headers}
        response = await client.post("/ask", content=content, headers=sent)
        assert response.status_code == status
        assert response.headers["Content-Type"] == "application/problem+json"

    over(app, use)


def test_a_rate_limit_counts_what_is_told(wiki: Wiki, tmp_path: Path) -> None:
    keys_file = tmp_path / "keys.toml"
    keys_file.write_text(KEYS_FILE)
    settings = Settings.read(data_dir=wiki.data_dir, keys_file=keys_file, rate_limit="4/hour")
    app = create_app(settings)
    app.state.service.collections.refresh()

    async def use(client: httpx.AsyncClient) -> None:
        await asked(client, times=4)
        assert (await client.post("/ask", json=ASK)).status_code == 429

    over(app, use)


def test_what_was_withdrawn_is_told_no_more(empty_wiki: Wiki) -> None:
    empty_wiki.write("a.md", "The code word of today is apricot.")
    empty_wiki.write("b.md", "Trains are booked through the travel desk.")
    before = empty_wiki.ingest()
    body = {"question": "What is the code word of today?"}
    with serving(Settings.read(data_dir=empty_wiki.data_dir, snapshot_poll_seconds=0.05)) as client:

        def ask() -> dict[str, Any]:
            told: dict[str, Any] = client.post("/ask", json=body).json()
            return told

        for _ in range(4):
            assert ask()["snapshot"] == before
        assert "apricot" in ask()["answer"]
        (empty_wiki.root / "a.md").unlink()
        after = empty_wiki.ingest()
        eventually(lambda: ask()["snapshot"] == after)
        for _ in range(4):
            told = ask()
            assert (told["snapshot"], told["answer"]) == (after, "")
            assert "apricot" not in json.dumps(told)


def test_what_was_told_in_one_spelling_gives_its_place_to_the_next(app: FastAPI) -> None:
    service = app.state.service
    index = service.collections.get()

    async def use(client: httpx.AsyncClient) -> None:
        scope = Scope.of({"staff"})
        for spelling in (QUESTION, f"{QUESTION}?"):
            await asked(client, {"question": spelling}, times=3)
            told = service.answerer.told(Question(spelling), index, scope)
            assert json.loads(told.body)["question"] == spelling

    over(app, use)
