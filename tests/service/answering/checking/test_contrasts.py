"""Passages with true and nearly true sentences, written by hand in three languages."""

import json
from collections import Counter
from pathlib import Path

from indexes.types import EVERYONE, Chunk, DocumentInfo, Hit
from service.answering.checking.spans import Passage
from service.answering.checking.statement import Statement
from service.answering.checking.support import best_support
from service.answering.types import Evidence, Verdict

CONTRASTS = Path(__file__).with_name("contrasts.jsonl")


def passage(text: str, language: str) -> Passage:
    info = DocumentInfo(
        id="0" * 32, collection="c", source="c", path="p", uri="", title="", type="txt",
        language=language, content_hash="", updated_at=None, groups=frozenset({EVERYONE}),
    )  # fmt: skip
    chunk = Chunk(f"{info.id}-00000", info.id, 0, text, 0, len(text), None, ())
    return Passage(Evidence(1, text, 0, len(text), (Hit(1, 1.0, chunk, info),)))


def test_nearly_true_sentences_are_withheld_and_true_ones_released() -> None:
    counts: Counter[str] = Counter()
    for line in CONTRASTS.read_text("utf-8").splitlines():
        entry = json.loads(line)
        evidence = passage(entry["text"], entry["language"])
        said = [(text, "true") for text in entry["true"]]
        said += [(each["text"], each["kind"]) for each in entry["false"]]
        for text, kind in said:
            found = best_support(Statement.of(text, entry["language"]), evidence, None)
            counts[kind] += 1
            if found and found.verdict is Verdict.SUPPORTED:
                counts[f"{kind} released"] += 1
    assert counts["true released"] / counts["true"] > 0.7
    wrong = {kind for kind in counts if " " not in kind} - {"true"}
    released = sum(counts[f"{kind} released"] for kind in wrong)
    assert released / sum(counts[kind] for kind in wrong) < 0.08
    for kind in ("negation", "bounds", "signs", "conditions"):
        assert counts[f"{kind} released"] == 0


def test_a_sentence_beside_it_hides_nothing_that_is_wrong() -> None:
    beside = passage("Orion bought Delta. Delta later built a mill for Orion.", "en")
    found = best_support(Statement.of("Delta bought Orion.", "en"), beside, None)
    assert found is not None
    assert found.verdict is not Verdict.SUPPORTED
