"""Embedding beside reading: what is computed, when, in which order, and what a failure leaves."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import numpy as np
import pytest

from indexes.embedder import Embedder, EmbedderSettings, Encoded, open_embedder
from indexes.embedding.wrapped import WrappedEmbedder
from indexes.errors import EmbedderError
from indexes.tokens import TokenQuantiser
from indexes.types import Vectors
from ingestion import ahead as ahead_module
from ingestion.ahead import BATCH, EmbeddingAhead
from ingestion.ledger import Ledger, passage_key
from ingestion.progress import Progress

SOON = 30  # seconds until something that must happen has happened, on a busy machine


class Watched(WrappedEmbedder):
    """An embedder that tells of each batch before it computes it."""

    def __init__(self, inner: Embedder, before: Callable[[Sequence[str]], None]) -> None:
        super().__init__(inner)
        self._before = before
        self.batches: list[list[str]] = []
        self.for_tokens: set[str] = set()

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        self._before(texts)
        return super().embed_passages(texts)

    def encode_passages(self, texts: Sequence[str]) -> Encoded:
        self.batches.append(list(texts))
        self.for_tokens.update(texts)
        self._before(texts)
        return super().encode_passages(texts)


@pytest.fixture(scope="module")
def tiny(tiny_model: Path) -> Embedder:
    settings = EmbedderSettings(str(tiny_model), "float32", languages=frozenset({"en"}))
    return open_embedder(settings)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.sqlite") as opened:
        yield opened


def watched(tiny: Embedder, before: Callable[[Sequence[str]], None] = lambda _: None) -> Watched:
    return Watched(tiny, before)


def held_at(tiny: Embedder, first: str) -> tuple[Watched, Event, Event]:
    """An embedder that stops at a batch of this text alone, and the events: begun, to go on."""
    begun, go_on = Event(), Event()

    def before(batch: Sequence[str]) -> None:
        if batch == [first]:
            begun.set()
            assert go_on.wait(SOON)

    return watched(tiny, before), begun, go_on


def texts(count: int, name: str = "passage") -> list[str]:
    return [f"{name} {number}" for number in range(count)]


def stored(ledger: Ledger, embedder: Watched, passages: Sequence[str]) -> set[str]:
    keys = {passage_key(text): text for text in passages}
    return {keys[key] for key in ledger.embeddings(embedder.fingerprint, list(keys))}


def ahead_of(embedder: Watched, ledger: Ledger) -> EmbeddingAhead:
    return EmbeddingAhead(embedder, ledger, Progress())


def test_all_that_was_added_is_in_the_ledger_with_its_own_vector(
    tiny: Embedder, ledger: Ledger
) -> None:
    embedder, passages = watched(tiny), texts(BATCH * 2 + 5)
    with ahead_of(embedder, ledger) as ahead:
        for start in range(0, len(passages), 50):
            ahead.add(passages[start : start + 50], "en")
    assert ahead.embedded == len(passages)
    keys = [passage_key(text) for text in passages]
    vectors = ledger.embeddings(embedder.fingerprint, keys)
    codes = ledger.codes(embedder.fingerprint, keys)
    assert codes.keys() == set(keys)
    for text, key in list(zip(passages, keys, strict=True))[::40]:
        expected = tiny.encode_passages([text])
        np.testing.assert_allclose(vectors[key], expected.vectors.values[0], atol=1e-5)
        (tokens,) = expected.tokens
        assert codes[key] == TokenQuantiser(tokens.values.shape[1]).encode(text, tokens)


def test_a_passage_is_embedded_once(tiny: Embedder, ledger: Ledger) -> None:
    known, new = texts(3, "known"), texts(4, "new")
    with ahead_of(watched(tiny), ledger) as ahead:
        ahead.add(known, "en")
    embedder = watched(tiny)
    with ahead_of(embedder, ledger) as ahead:
        ahead.add([*new, *known, *new], "en")
        ahead.add(new[:2], "en")
    assert sorted(text for batch in embedder.batches for text in batch) == sorted(new)
    assert ahead.embedded == len(new)


def test_tokens_are_coded_of_languages_that_the_embedder_reads(
    tiny: Embedder, ledger: Ledger
) -> None:
    english, chinese = texts(3, "leave"), texts(3, "休假")
    embedder = watched(tiny)
    with ahead_of(embedder, ledger) as ahead:
        ahead.add(chinese, "zh")
    with ahead_of(embedder, ledger) as ahead:
        ahead.add(english, "en")
    assert embedder.for_tokens == set(english)
    codes = ledger.codes(embedder.fingerprint, [passage_key(t) for t in [*english, *chinese]])
    assert codes.keys() == {passage_key(text) for text in english}
    assert all(codes.values())


def test_vectors_without_codes_are_made_again_where_codes_are_wanted(
    tiny: Embedder, ledger: Ledger
) -> None:
    passages = texts(5)
    with ahead_of(watched(tiny), ledger) as ahead:
        ahead.add(passages[:3], "vi")
    with ahead_of(watched(tiny), ledger) as again:
        again.add(passages, "en")
    assert (again.embedded, again.recoded) == (5, 3)
    with ahead_of(watched(tiny), ledger) as once_more:
        once_more.add(passages, "en")
        once_more.add(passages, "vi")
    assert (once_more.embedded, once_more.recoded) == (0, 0)


def test_one_text_in_two_languages_is_embedded_once_for_both(
    tiny: Embedder, ledger: Ledger
) -> None:
    embedder, begun, go_on = held_at(tiny, "the first")
    with ahead_of(embedder, ledger) as ahead:
        ahead.add(["the first"], "en")
        assert begun.wait(SOON)
        ahead.add(["Footnote 2.0"], "vi")
        ahead.add(["Footnote 2.0"], "en")
        go_on.set()
    assert embedder.batches == [["the first"], ["Footnote 2.0"]]
    assert ledger.uncoded(embedder.fingerprint, [passage_key("Footnote 2.0")]) == set()


def test_nothing_to_embed_touches_neither_embedder_nor_thread(
    tiny: Embedder, ledger: Ledger
) -> None:
    progress = Progress()
    with EmbeddingAhead(watched(tiny), ledger, progress):
        pass
    assert progress.seconds == {}


def test_it_begins_with_the_first_passage(tiny: Embedder, ledger: Ledger) -> None:
    begun = Event()
    with ahead_of(watched(tiny, lambda _: begun.set()), ledger) as ahead:
        ahead.add(["the first"], "en")
        assert begun.wait(SOON), "it waits for more"
        ahead.add(["the second"], "en")
    assert ahead.embedded == 2


def test_the_longest_that_wait_go_first_in_full_batches(tiny: Embedder, ledger: Ledger) -> None:
    embedder, begun, go_on = held_at(tiny, "the first")
    waiting = ["word " * (number * 37 % 150) + str(number) for number in range(BATCH * 2 + 10)]
    with ahead_of(embedder, ledger) as ahead:
        ahead.add(["the first"], "en")
        assert begun.wait(SOON)
        for text in waiting:
            ahead.add([text], "en")
        go_on.set()
    assert [len(batch) for batch in embedder.batches] == [1, BATCH, BATCH, 10]
    lengths = [len(text) for batch in embedder.batches[1:] for text in batch]
    assert lengths == sorted(lengths, reverse=True)


def test_what_is_under_way_is_not_begun_again(tiny: Embedder, ledger: Ledger) -> None:
    begun, go_on = [Event() for _ in range(4)], [Event() for _ in range(4)]

    def before(_: Sequence[str]) -> None:
        place = len(embedder.batches) - 1
        begun[place].set()
        assert go_on[place].wait(SOON)

    embedder = watched(tiny, before)
    with ahead_of(embedder, ledger) as ahead:
        ahead.add(["the first"], "en")
        assert begun[0].wait(SOON)
        ahead.add([f"{number:03d}" * (number + 1) for number in range(2 * BATCH)], "en")
        go_on[0].set()
        assert begun[1].wait(SOON)
        ahead.add(["000"], "en")  # the shortest, hence in the last batch
        go_on[1].set()
        assert begun[2].wait(SOON)
        deadline = monotonic() + SOON
        while ahead._arrived:
            assert monotonic() < deadline
            sleep(0.01)
        go_on[2].set()
        go_on[3].set()
    assert [len(batch) for batch in embedder.batches] == [1, BATCH, BATCH]


def test_no_more_than_a_window_waits(
    tiny: Embedder, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead_module, "WINDOW", 6)
    monkeypatch.setattr(ahead_module, "BATCH", 2)
    begun, go_on = Event(), Event()
    accepted: list[str] = []

    def before(_: Sequence[str]) -> None:
        begun.set()
        assert go_on.wait(SOON)

    with ahead_of(watched(tiny, before), ledger) as ahead:

        def add() -> None:
            for text in texts(40):
                ahead.add([text], "en")
                accepted.append(text)

        adding = Thread(target=add)
        adding.start()
        assert begun.wait(SOON)
        adding.join(0.2)
        assert adding.is_alive(), "nothing made it wait"
        assert len(accepted) <= 6 + 2
        go_on.set()
        adding.join(SOON)
        assert len(accepted) == 40
    assert ahead.embedded == 40


def test_a_batch_is_written_down_while_the_next_one_is_embedded(
    tiny: Embedder, ledger: Ledger
) -> None:
    """So that a killed run has to do again what is under way, and at most one batch more."""
    passages = texts(BATCH * 6)
    lost: list[int] = []

    def before(batch: Sequence[str]) -> None:
        with ledger.reopened() as other:
            done = sum(map(len, embedder.batches)) - len(batch)
            lost.append(done - len(stored(other, embedder, passages)))

    embedder = watched(tiny, before)
    with ahead_of(embedder, ledger) as ahead:
        ahead.add(passages, "en")
    assert len(lost) == 6
    assert max(lost) <= BATCH


def test_what_the_embedder_raises_ends_the_run_and_keeps_what_was_done(
    tiny: Embedder, ledger: Ledger
) -> None:
    passages = texts(BATCH * 3)

    def before(_: Sequence[str]) -> None:
        if len(embedder.batches) == 2:
            raise EmbedderError("the model broke")

    embedder = watched(tiny, before)
    with (
        pytest.raises(EmbedderError, match="the model broke"),
        ahead_of(embedder, ledger) as ahead,
    ):
        ahead.add(passages, "en")
    assert stored(ledger, embedder, passages) == set(embedder.batches[0])
    assert len(embedder.batches) <= 3, "it went on"
    with ahead_of(watched(tiny), ledger) as again:
        again.add(passages, "en")
    assert again.embedded == BATCH * 2


def test_who_waits_for_room_learns_that_the_embedder_failed(
    tiny: Embedder, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead_module, "WINDOW", 4)

    def broken(_: Sequence[str]) -> None:
        raise EmbedderError("the model broke")

    added: list[str] = []

    def add_all() -> None:
        with ahead_of(watched(tiny, broken), ledger) as ahead:
            for text in texts(1000):
                ahead.add([text], "en")
                added.append(text)

    with pytest.raises(EmbedderError, match="the model broke"):
        add_all()
    assert len(added) < 1000


def test_an_error_elsewhere_stops_it_after_the_batch_under_way(
    tiny: Embedder, ledger: Ledger
) -> None:
    begun = Event()
    embedder = watched(tiny, lambda _: begun.set())
    passages = texts(BATCH * 40)

    def fail() -> None:
        with ahead_of(embedder, ledger) as ahead:
            ahead.add(passages, "en")
            assert begun.wait(SOON)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert len(embedder.batches) < 40
    assert len(stored(ledger, embedder, passages)) == sum(map(len, embedder.batches))
