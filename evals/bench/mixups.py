"""Whether what was told under load is right: the question's own answer, quoted to the character."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from evals.bench.arrivals import Outcome

_REFUSED = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
# What may differ between two answers to one query over the same text.
_PASSING = frozenset({"request_id", "timings_ms", "snapshot", "cached"})


def fault(outcome: Outcome, texts: Mapping[str, str], snapshots: Iterable[str]) -> str | None:
    """What is wrong with what a query was told, or None.

    ``texts`` are the documents by id; ``snapshots`` those that may have been served.
    """
    reply = outcome.reply
    if reply.status in _REFUSED:
        return None if "retry-after" in reply.headers else f"{reply.status} without Retry-After"
    if not reply.answered:
        return f"status {reply.status}: {reply.body[:200]!r}"
    told = reply.json()
    if told["question"] != outcome.query.question:
        return f"{outcome.query.question!r} was answered as {told['question']!r}"
    if told["snapshot"] not in snapshots:
        return f"the snapshot {told['snapshot']!r} was never published"
    for citation in told["citations"]:
        text = texts.get(citation["document_id"], "")
        if text[citation["start"] : citation["end"]] != citation["quote"]:
            return f"not the words of {citation['document_id']}: {citation['quote']!r}"
    return None


def difference(under_load: Outcome, alone: Outcome) -> str | None:
    """Which fields of the answers to one query differ, or None.

    An answer that was given to a question of the same meaning is that question's, and differs.
    """
    first, second = under_load.reply.json(), alone.reply.json()
    if first.get("cached") == "similar":
        return None
    names = sorted(
        name
        for name in (first.keys() | second.keys()) - _PASSING
        if first.get(name) != second.get(name)
    )
    return f"{under_load.query}: {', '.join(names)} differ" if names else None


def told(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """The answers among the replies."""
    return [outcome.reply.json() for outcome in outcomes if outcome.reply.answered]
