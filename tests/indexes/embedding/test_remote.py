"""A real HTTP server with a tiny model: what is asked of it, and what is made of its answers."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexes.embedder import Embedder, EmbedderSettings, open_embedder
from indexes.embedding import embeddings_api
from indexes.errors import EmbedderError
from tests.indexes.embedding.models import save_tiny_model

TEXTS = ["how long is leave", "abc", "nghỉ phép", "年假", "abc " * 40]


@dataclass
class Server:
    """What the next requests get instead of vectors, and the requests that came."""

    embedder: Embedder
    url: str = ""
    failures: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    change: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        rows = self.embedder.embed_passages(body["input"]).values * 3  # of no particular length
        entries = [
            {"object": "embedding", "index": i, "embedding": row.tolist()}
            for i, row in enumerate(rows)
        ]
        # In no particular order either: the index says which is which.
        return {"object": "list", "data": entries[::-1], "model": body["model"]} | self.change


def handler_of(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.asked.append(body | {"path": self.path})
            server.keys.append(self.headers.get("Authorization", ""))
            status, headers = server.failures.pop(0) if server.failures else (200, {})
            content = server.answer(body) if status == 200 else {"error": "not now"}
            payload = json.dumps(content).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(payload))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    folder = tmp_path_factory.mktemp("remote")
    model = save_tiny_model(folder / "model")
    return open_embedder(
        EmbedderSettings(model=str(model), precision="float32", cache=folder / "cache")
    )


@pytest.fixture
def server(tiny: Embedder, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(embeddings_api, "_FIRST_WAIT", 0.001)
    state = Server(tiny)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler_of(state)) as running:
        state.url = f"http://127.0.0.1:{running.server_port}/v1"
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield state
        running.shutdown()
        thread.join()


def opened(server: Server, **settings: Any) -> Embedder:
    return open_embedder(EmbedderSettings(**{"url": server.url, "model": "tiny"} | settings))


def test_vectors_are_the_servers_at_unit_length(server: Server, tiny: Embedder) -> None:
    embedder = opened(server)
    vectors = embedder.embed_passages(TEXTS)
    np.testing.assert_allclose(vectors.values, tiny.embed_passages(TEXTS).values, atol=1e-6)
    assert vectors.values.dtype == np.float32
    assert vectors.fingerprint == embedder.fingerprint
    assert embedder.dimensions == tiny.dimensions
    assert server.asked[0] == {
        "path": "/v1/embeddings",
        "model": "tiny",
        "input": TEXTS,
        "encoding_format": "float",
    }


def test_many_texts_are_asked_in_batches_and_come_back_in_order(
    server: Server, tiny: Embedder
) -> None:
    texts = [f"text {chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(100)]
    vectors = opened(server).embed_passages(texts).values
    np.testing.assert_allclose(vectors, tiny.embed_passages(texts).values, atol=1e-6)
    assert sorted(len(body["input"]) for body in server.asked) == [4, 32, 32, 32]


def test_queries_and_passages_have_their_prefixes_and_are_told_apart(server: Server) -> None:
    embedder = opened(server, query_prefix="q: ", passage_prefix="p: ", input_type=True)
    embedder.embed_queries(["abc"])
    embedder.embed_passages(["abc"])
    assert [(body["input"], body["input_type"]) for body in server.asked] == [
        (["q: abc"], "query"),
        (["p: abc"], "passage"),
    ]


def test_a_key_goes_with_every_request_and_is_never_shown(server: Server) -> None:
    settings = EmbedderSettings(url=server.url, model="tiny", key="s3cret")
    embedder = open_embedder(settings)
    embedder.embed_queries(["abc"])
    assert server.keys == ["Bearer s3cret"]
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in str(embedder.description)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_what_passes_is_tried_again(server: Server, tiny: Embedder, status: int) -> None:
    server.failures = [(status, {}), (status, {"Retry-After": "0"})]
    vectors = opened(server).embed_queries(["abc"]).values
    np.testing.assert_allclose(vectors, tiny.embed_queries(["abc"]).values, atol=1e-6)
    assert len(server.asked) == 3


def test_what_does_not_pass_is_told(server: Server) -> None:
    server.failures = [(503, {})] * 9
    with pytest.raises(EmbedderError, match=r"answered 503 .*not now.*check its address"):
        opened(server).embed_queries(["abc"])
    assert len(server.asked) == 5


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (400, "refused a request of 1 texts"),
        (413, "check embedder_max_tokens"),
        (401, "and the key"),
        (404, "check its address"),
        (302, "answered 302"),
    ],
)
def test_what_would_be_refused_again_is_not_tried_again(
    server: Server, status: int, told: str
) -> None:
    server.failures = [(status, {"Location": "http://127.0.0.1:1/"})]
    with pytest.raises(EmbedderError, match=told):
        opened(server, key="k").embed_queries(["abc"])
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"data": []},
        {"data": None},
        {"data": [{"index": 0}]},
        {"data": [{"index": 1, "embedding": [1.0]}]},
        {"data": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0]}]},
        {"data": [{"index": 0, "embedding": []}]},
        {"data": [{"index": 0, "embedding": [0.0, 0.0]}]},
        {"data": [{"index": 0, "embedding": [1.0, float("nan")]}]},
        {"data": [{"index": 0, "embedding": "AACAPw=="}]},
    ],
)
def test_an_answer_that_is_no_vector_is_told(server: Server, change: dict[str, Any]) -> None:
    server.change = change
    with pytest.raises(EmbedderError, match=server.url):
        opened(server).embed_queries(["abc"])


def test_a_server_that_is_not_there_is_told(server: Server) -> None:
    with pytest.raises(EmbedderError, match=r"was not reached in 5 tries .*check that"):
        opened(server, url="http://127.0.0.1:9/v1").embed_queries(["abc"])


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"model": ""}, "needs its model's name"),
        ({"tokenizer": "/nonexistent"}, r"has no tokenizer\.json"),
        ({"key": "schlüssel"}, "no header can carry"),
        ({"url": "http://host:port/v1"}, "address is wrong"),
    ],
)
def test_wrong_settings_are_told_at_once(
    server: Server, settings: dict[str, str], told: str
) -> None:
    with pytest.raises(EmbedderError, match=told):
        opened(server, **settings)


def test_a_server_has_no_tokens(server: Server) -> None:
    embedder = opened(server)
    assert not embedder.has_tokens
    assert embedder.encode_queries(["abc"]).tokens == ()
    assert embedder.encode_passages(["abc"]).tokens == ()
    assert embedder.token_spans(["abc", ""]) == [(), ()]
    with pytest.raises(EmbedderError, match="no vectors of single tokens"):
        embedder.embed_tokens(["abc"])
    assert embedder.embed_queries([]).values.shape == (0, 16)


def test_a_long_text_is_cut_by_the_estimate_or_by_the_tokenizer(
    server: Server, tiny: Embedder, tmp_path: Path
) -> None:
    model = save_tiny_model(tmp_path / "model")
    text = "abc " * 40
    by_estimate = opened(server, max_tokens=16)
    by_tokenizer = opened(server, max_tokens=16, tokenizer=str(model))
    for embedder in (by_estimate, by_tokenizer):
        embedder.embed_passages([text])
    estimated, counted = (body["input"][0] for body in server.asked)
    assert estimated == "abc " * 14  # a token each, of 16 with two special ones
    assert counted == "abc abc abc abc ab"  # a token a letter
    assert tiny.count_tokens([counted]) == [16]
    assert by_tokenizer.count_tokens([text]) == tiny.count_tokens([text])
    assert by_estimate.count_tokens([text]) == [2 + round(1.02 * 40)]


def test_fewer_dimensions_are_the_first_ones(server: Server, tiny: Embedder) -> None:
    cut = tiny.embed_queries(TEXTS).values[:, :5]
    vectors = opened(server, dimensions=5).embed_queries(TEXTS).values
    np.testing.assert_allclose(vectors, cut / np.linalg.norm(cut, axis=1, keepdims=True), atol=1e-6)
    with pytest.raises(EmbedderError, match=r"vectors of \[16\] dimensions, where 17 were"):
        opened(server, dimensions=17).embed_queries(TEXTS)


def test_a_server_and_its_address_are_no_part_of_the_space(server: Server) -> None:
    here = opened(server)
    elsewhere = opened(server, url="http://127.0.0.1:9/v1", key="other")
    assert here.space == here.fingerprint == elsewhere.space
    for change in ({"model": "other"}, {"query_prefix": "q "}, {"dimensions": 4}):
        assert opened(server, **change).space != here.space


def test_all_languages_are_read_unless_the_settings_say_so(server: Server) -> None:
    assert opened(server).reads("vi")
    assert not opened(server, languages=frozenset({"en"})).reads("vi")
