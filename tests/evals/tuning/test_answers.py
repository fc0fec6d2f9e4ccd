"""When to stay silent, learned from a small corpus with the real house below it."""

import json
from dataclasses import replace
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

from evals.__main__ import main
from evals.cases import Half
from evals.tuning.answers import (
    Example,
    asked,
    auroc,
    gathered,
    hopeless,
    learn,
    table,
    threshold,
    tune,
)
from indexes.embedder import EmbedderSettings, open_embedder
from indexes.errors import NoSnapshot, UsageError
from service.answering.reading.answerability import SIGNAL_NAMES, Calibration, Situation
from service.answering.reading.signals import Signals
from tests.evals.test_run import write_set


def example(name: str, number: int, *, removed: bool, coverage: float) -> Example:
    values = dict.fromkeys(SIGNAL_NAMES, 0.0) | {"run": coverage}
    return Example(
        name=name,
        half=Half.EVEN,
        group=f"{name} {number}",
        signals=Signals(**values),
        removed=removed,
        answerable=True,
        still=False,
    )


def examples(name: str, shift: float, size: int = 200) -> list[Example]:
    drawn = np.random.default_rng(len(name)).normal(size=2 * size)
    return [
        example(name, i % size, removed=i >= size, coverage=float(x + shift + 2 * (i < size)))
        for i, x in enumerate(drawn)
    ]


def test_every_question_is_asked_with_its_documents_and_without(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "bakery")
    assert main(["run", str(folder), "--data-dir", str(tmp_path), "--modes", "hybrid"]) == 0
    embedder = open_embedder(EmbedderSettings())
    found = list(asked(folder, tmp_path, embedder, None))
    whole = [one for one in found if not one.removed and one.answerable]
    assert whole
    assert [one.group for one in found if one.removed] == [one.group for one in whole]
    assert {one.half for one in found} <= {Half.EVEN, Half.ODD}
    mean = [
        np.mean([one.signals.anywhere_coverage for one in found if one.removed is removed])
        for removed in (False, True)
    ]
    assert mean[0] > mean[1]


def test_sets_in_one_folder_are_one_set_of_questions_as_people_ask_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "natural").mkdir()
    for name in ("bakery", "mill"):
        write_set(tmp_path / "natural" / name)
    drawn = {name: examples(name, 0.0) for name in ("bakery", "mill", "canteen")}
    monkeypatch.setattr("evals.tuning.answers.asked", lambda folder, *_: iter(drawn[folder.name]))
    embedder = open_embedder(EmbedderSettings())
    one, alone = (
        list(gathered(tmp_path / name, tmp_path, embedder, None)) for name in ("natural", "canteen")
    )
    assert [(each.name, each.as_asked) for each in one] == [("natural", True)] * 800
    assert alone == drawn["canteen"]


def test_more_may_be_declined_of_what_is_asked_as_people_do() -> None:
    mill = [one for one in examples("mill", 0.0) if not one.removed]
    odds = np.linspace(0.1, 0.9, len(mill))
    asked_so = [replace(one, as_asked=True) for one in mill]
    error = sqrt(0.3 * 0.7 / len(mill))
    assert threshold(asked_so, odds) == pytest.approx(np.quantile(odds, 0.3 - error))
    assert threshold([*asked_so, *mill], np.tile(odds, 2)) == threshold(mill, odds)


def test_of_what_is_asked_as_people_do_a_tenth_is_hopeless() -> None:
    mill = [one for one in examples("mill", 0.0) if not one.removed]
    odds = np.linspace(0.1, 0.9, len(mill))
    assert hopeless(mill, odds) == pytest.approx(0.18)
    asked_so = [replace(one, as_asked=True) for one in mill]
    both = np.concatenate([odds + 0.05, odds])
    assert hopeless([*asked_so, *mill], both) == pytest.approx(0.23)


def test_what_was_never_indexed_is_refused(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "bakery")
    with pytest.raises(NoSnapshot):
        tune([folder], tmp_path, open_embedder(EmbedderSettings()), None)


def test_the_table_tells_how_it_does_on_a_set_that_it_did_not_learn_from() -> None:
    """A set whose signal says the contrary is judged wrongly by what the others teach."""
    alike, contrary = examples("alike", 0.0), examples("contrary", 0.0)
    contrary = [replace(one, removed=not one.removed) for one in contrary]
    both = [replace(one, half=half) for one in [*alike, *contrary] for half in Half]
    lines = list(table(both, learn(both), Situation.WORDS, []))
    names = [cell.strip() for cell in lines[1].split("|")]
    assert lines[2].count("|") == lines[1].count("|")
    for line in lines[3:]:
        cells = dict(zip(names, (cell.strip() for cell in line.split("|")), strict=True))
        assert float(cells["learned without it: AUROC"]) < 0.2
    assert len(lines) == 5


def test_answers_that_are_read_elsewhere_are_told_apart() -> None:
    part = [replace(one, half=Half.ODD) for one in examples("mill", 0.0)]
    still = [replace(one, still=one.removed and one.signals.run > 0) for one in part]
    learned = learn(examples("mill", 0.0))
    strict = replace(learned, threshold=learned.probability(part[0].signals))
    *_, line = table(still, strict, Situation.WORDS, [])
    cells = [cell.strip() for cell in line.split("|")[1:-1]]
    declined = [strict.probability(one.signals) < strict.threshold for one in still]
    gone = [d for d, one in zip(declined, still, strict=True) if one.removed and not one.still]
    removed = [d for d, one in zip(declined, still, strict=True) if one.removed]
    assert cells[5] == f"{np.mean(removed):.3f}"
    assert cells[6] == f"{np.mean(gone):.3f}"
    assert cells[8:] == [""] * 4  # there is no other set to learn from


def test_no_set_loses_more_than_its_twentieth() -> None:
    """The threshold suits the set whose questions are the hardest to answer."""
    easy, hard = examples("easy", 0.0), examples("hard one", -1.0)
    model = learn([*easy, *hard])
    declined = [
        np.mean([model.probability(e.signals) < model.threshold for e in part if not e.removed])
        for part in (easy, hard)
    ]
    assert declined[1] == pytest.approx(0.05, abs=0.03)
    assert declined[0] < declined[1]


def test_the_threshold_keeps_a_standard_error_of_the_budget_free() -> None:
    mill, easy = examples("mill", 0.0, size=400), examples("easy", 0.0, size=400)
    odds = np.linspace(0, 1, 401)[1:]
    of_mill = np.append(odds, np.full(400, 0.0))  # what was removed does not count
    of_both = np.append(of_mill, of_mill + 1)
    error = sqrt(0.05 * 0.95 / 400)
    assert threshold(mill, of_mill) == pytest.approx(np.quantile(odds, 0.05 - error))
    assert threshold([*mill, *easy], of_both) == pytest.approx(np.quantile(odds, 0.05 - error))


def test_what_a_wiki_says_again_elsewhere_teaches_less_silence() -> None:
    part = examples("wiki", 0.0)
    measured = Signals(**(dict.fromkeys(SIGNAL_NAMES, 0.0) | {"run": 1.0}))
    lenient = learn(part, ["wiki"]).probability(measured)
    assert lenient > learn(part).probability(measured)


def test_every_calibration_is_written_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    halves = (Half.EVEN, Half.ODD)
    in_english = [
        replace(one, half=halves[number % 2], signals=replace(one.signals, passage_similarity=0.5))
        for number, one in enumerate(examples("mill", 0.0))
    ]
    in_vietnamese = examples("canteen", 0.0)
    in_chinese = [
        replace(one, signals=replace(one.signals, ideographs=0.9))
        for one in examples("bakery", 0.0)
    ]
    drawn = in_english + in_vietnamese + in_chinese
    monkeypatch.setattr("evals.tuning.answers.asked", lambda *_: iter(drawn))
    file = tmp_path / "weights.json"
    told = tune([tmp_path], tmp_path, open_embedder(EmbedderSettings()), None, file=file)
    stored = json.loads(file.read_text("utf-8"))
    assert set(stored) == set(Situation)
    for one in stored.values():
        assert 0 < Calibration.from_json(one).threshold < 1
    # What is read by meaning is an example of words alone, too.
    assert told.count("| mill |") == 2
    assert "| bakery |" not in told  # it has no odd question


def test_a_situation_without_questions_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evals.tuning.answers.asked", lambda *_: iter(examples("mill", 0.0)))
    with pytest.raises(UsageError, match="matches"):
        tune([tmp_path], tmp_path, open_embedder(EmbedderSettings()), None, file=tmp_path / "w")
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize(
    ("higher", "lower", "expected"),
    [([2, 3], [0, 1], 1.0), ([0], [1], 0.0), ([1], [1], 0.5), ([1, 3], [2, 2], 0.5)],
)
def test_auroc(higher: list[float], lower: list[float], expected: float) -> None:
    assert auroc(np.array(higher, float), np.array(lower, float)) == expected


def test_auroc_of_nothing_is_unknown() -> None:
    assert np.isnan(auroc(np.array([1.0]), np.array([])))
