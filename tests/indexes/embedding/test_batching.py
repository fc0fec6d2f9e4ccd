"""Questions that wait together go together, and each caller gets his own result or error."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexes.embedder import Embedder, EmbedderSettings, Encoded, open_embedder
from indexes.embedding.batching import BatchingEmbedder
from indexes.embedding.types import TextRefused
from indexes.embedding.wrapped import WrappedEmbedder
from indexes.errors import EmbedderError
from indexes.types import Vectors
from tests.indexes.embedding.models import save_tiny_model

CALLERS = 8


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    folder = tmp_path_factory.mktemp("batching")
    model = save_tiny_model(folder / "model")
    embedder = open_embedder(
        EmbedderSettings(model=str(model), precision="float32", cache=folder / "cache")
    )
    embedder.embed_queries(["loaded"])
    return embedder


class Gate(WrappedEmbedder):
    """Holds the first batch until it is let go, and keeps count of what each batch held."""

    def __init__(self, inner: Embedder) -> None:
        super().__init__(inner)
        self.batches: list[list[str]] = []
        self.entered = threading.Event()
        self.opened = threading.Event()

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        self.entered.set()
        assert self.opened.wait(20)
        if "refused" in texts:
            raise TextRefused("this text is refused")
        if "down" in texts:
            raise EmbedderError("the server is down")
        return super().embed_queries(texts)


def ask_behind_a_running_batch(
    gate: Gate, batching: BatchingEmbedder, questions: list[list[str]]
) -> list[Vectors | EmbedderError]:
    """Each caller's result; all of them wait while the batch of another one runs."""

    def ask(texts: list[str]) -> Vectors | EmbedderError:
        try:
            return batching.embed_queries(texts)
        except EmbedderError as exc:
            return exc

    with ThreadPoolExecutor(len(questions) + 1) as threads:
        first = threads.submit(ask, ["first"])
        assert gate.entered.wait(20)
        later = [threads.submit(ask, texts) for texts in questions]
        while len(batching._vectors.waiting) < len(questions):
            threading.Event().wait(0.001)
        gate.opened.set()
        assert isinstance(first.result(20), Vectors)
        return [future.result(20) for future in later]


def test_those_who_wait_go_together(tiny: Embedder) -> None:
    gate = Gate(tiny)
    questions = [[f"question {letter}"] for letter in "abcdefgh"]
    answers = ask_behind_a_running_batch(gate, BatchingEmbedder(gate), questions)
    assert [len(batch) for batch in gate.batches] == [1, CALLERS]
    for (text,), answer in zip(questions, answers, strict=True):
        assert isinstance(answer, Vectors)
        np.testing.assert_array_equal(answer.values, tiny.embed_queries([text]).values)
        assert answer.fingerprint == tiny.fingerprint


def test_a_batch_has_a_limit_and_nobody_is_left_behind(tiny: Embedder) -> None:
    gate = Gate(tiny)
    questions = [["a", "b"], ["c"], ["d", "e", "f", "g"], ["h"], ["i"]]
    answers = ask_behind_a_running_batch(gate, BatchingEmbedder(gate, limit=3), questions)
    assert all(isinstance(answer, Vectors) for answer in answers)
    # More than the limit go only where one caller brought them.
    assert all(len(batch) <= 3 or batch == questions[2] for batch in gate.batches)
    assert len(gate.batches) < 1 + len(questions)
    assert sorted(text for batch in gate.batches[1:] for text in batch) == list("abcdefghi")


def test_a_text_that_is_refused_is_refused_to_its_caller_alone(tiny: Embedder) -> None:
    gate = Gate(tiny)
    answers = ask_behind_a_running_batch(gate, BatchingEmbedder(gate), [["a"], ["refused"], ["b"]])
    assert [type(answer) for answer in answers] == [Vectors, TextRefused, Vectors]


def test_a_server_that_is_down_is_down_for_all_and_not_asked_again(tiny: Embedder) -> None:
    gate = Gate(tiny)
    answers = ask_behind_a_running_batch(gate, BatchingEmbedder(gate), [["a"], ["down"], ["b"]])
    assert [str(answer) for answer in answers] == ["the server is down"] * 3
    assert len(set(map(id, answers))) == 3
    assert len(gate.batches) == 2


def test_a_caller_that_is_stopped_leaves_nobody_waiting(tiny: Embedder) -> None:
    class Stopped(WrappedEmbedder):
        def embed_queries(self, texts: Sequence[str]) -> Vectors:
            if texts == ["stop"]:
                raise KeyboardInterrupt
            return super().embed_queries(texts)

    batching = BatchingEmbedder(Stopped(tiny))
    with pytest.raises(KeyboardInterrupt):
        batching.embed_queries(["stop"])
    assert batching.embed_queries(["go on"]).values.shape == (1, 16)


@settings(max_examples=15)
@given(st.lists(st.lists(st.text("abc ", max_size=5), max_size=3), min_size=1, max_size=8))
def test_many_threads_get_what_they_would_get_alone(tiny: Embedder, asked: list[list[str]]) -> None:
    batching = BatchingEmbedder(tiny, limit=3)
    with ThreadPoolExecutor(CALLERS) as threads:
        whole = list(threads.map(batching.encode_queries, asked))
        vectors = list(threads.map(batching.embed_queries, asked))
    for texts, encoded, alone in zip(asked, whole, vectors, strict=True):
        expected = tiny.encode_queries(texts)
        np.testing.assert_array_equal(encoded.vectors.values, expected.vectors.values)
        np.testing.assert_array_equal(alone.values, expected.vectors.values)
        assert [tokens.spans for tokens in encoded.tokens] == [t.spans for t in expected.tokens]


def test_everything_else_is_the_inner_ones(tiny: Embedder) -> None:
    batching = BatchingEmbedder(tiny)
    for name in ("space", "fingerprint", "description", "dimensions", "has_tokens", "max_tokens"):
        assert getattr(batching, name) == getattr(tiny, name)
    assert batching.count_tokens(["abc"]) == tiny.count_tokens(["abc"])
    assert batching.token_spans(["abc"]) == tiny.token_spans(["abc"])
    assert batching.reads("vi") == tiny.reads("vi")
    for made, expected in (
        (batching.encode_passages(["abc"]), tiny.encode_passages(["abc"])),
        (Encoded(batching.embed_passages(["abc"]), ()), tiny.encode_passages(["abc"])),
    ):
        np.testing.assert_array_equal(made.vectors.values, expected.vectors.values)
    (tokens,) = batching.embed_tokens(["abc"])
    assert tokens.spans == tiny.embed_tokens(["abc"])[0].spans
