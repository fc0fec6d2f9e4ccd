"""Feedback on disk, and the memory of what was answered to whom."""

from pathlib import Path

import pytest

from indexes.types import Scope
from service.auth import Caller
from service.errors import FeedbackError
from service.feedback import Exchange, Feedback, FeedbackStore, RecentExchanges
from service.workers.ring import Ring

ANN = Caller("ann", Scope.of({"hr"}))
EXCHANGE = Exchange("Why?", "a-snapshot", ("a-document",))


def test_an_exchange_is_remembered_for_its_caller_alone() -> None:
    recent = RecentExchanges(Ring())
    recent.remember(ANN, "1", EXCHANGE)
    assert recent.find(ANN, "1") == EXCHANGE
    assert recent.find(ANN, "2") is None
    assert recent.find(Caller("ben", ANN.scope), "1") is None
    assert recent.find(Caller("ann", Scope.of({"staff"})), "1") is None


def test_the_oldest_exchange_is_forgotten_first() -> None:
    recent = RecentExchanges(Ring(capacity=200))
    for request_id in "123":
        recent.remember(ANN, request_id, EXCHANGE)
    kept = [recent.find(ANN, request_id) is not None for request_id in "123"]
    assert kept == [False, True, True]


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path / "missing" / "feedback.sqlite")
    with pytest.raises(FeedbackError, match="cannot be stored"):
        store.add(Feedback("1", "up"), ANN, None)
    (tmp_path / "file").write_text("this is no database, whatever its name says\n" * 100)
    with pytest.raises(FeedbackError, match="not a database"):
        FeedbackStore(tmp_path / "file").add(Feedback("1", "up"), ANN, EXCHANGE)
