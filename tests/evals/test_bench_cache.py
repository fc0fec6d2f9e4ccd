"""The measurement of the cache: pairs that differ, paraphrases that do not, and its tables."""

import json
from pathlib import Path

import pytest

from evals.bench import cache
from evals.bench.lookalikes import lookalikes, pool
from evals.bench.paraphrases import paraphrases
from evals.cases import Half

QUESTIONS = {
    "en": "When did Acme acquire Beta in March 2019?",
    "vi": "Công ty Acme đã mua Beta vào năm 2019 ở đâu?",
    "zh": "《战国》公司在2019年是谁创立的？",
}
TEXTS = {
    "en": "Acme acquired Beta in March 2019. The board of Acme had wanted it for years.",
    "vi": "Công ty Acme đã mua Beta vào năm 2019 ở Hà Nội.",
    "zh": "《战国》公司在2019年由张三创立。",
}
KINDS = {"number", "date", "negation", "modality", "unit", "version", "identifier"}


@pytest.mark.parametrize("language", QUESTIONS)
def test_look_alikes_differ_in_what_they_name(language: str) -> None:
    question = QUESTIONS[language]
    around = pool([question], language, TEXTS[language].split(), [TEXTS[language]])
    pairs = list(lookalikes(question, language, around))
    assert {pair.kind for pair in pairs} >= KINDS - ({"modality"} if language == "zh" else set())
    assert all(pair.one != pair.other for pair in pairs)
    assert pairs == list(lookalikes(question, language, around))
    numbers = {pair.other for pair in pairs if pair.kind == "number" and pair.one == question}
    assert question.replace("2019", "9102") in numbers
    assert max(sum(pair.kind == kind for pair in pairs) for kind in KINDS) <= 3


def test_roles_are_exchanged() -> None:
    question = "Why did Acme acquire Beta?"
    around = pool([question], "en", (), ())
    others = {pair.other for pair in lookalikes(question, "en", around) if pair.kind == "roles"}
    assert others == {"Why did Beta acquire Acme?"}
    beside = "Where are Acme and Beta?"
    assert "roles" not in {pair.kind for pair in lookalikes(beside, "en", around)}


@pytest.mark.parametrize("language", QUESTIONS)
def test_paraphrases_keep_to_their_half(language: str) -> None:
    question = QUESTIONS[language]
    halves = [list(paraphrases(question, language, half)) for half in (Half.EVEN, Half.ODD)]
    assert all({"politeness", "punctuation"} <= {each.kind for each in half} for half in halves)
    polite = [each.text for half in halves for each in half if each.kind == "politeness"]
    assert polite[0] != polite[1]
    assert halves[1] == list(paraphrases(question, language, Half.ODD))


def write_sets(root: Path) -> None:
    for name, language in cache.SETS.items():
        folder = root / name
        folder.mkdir()
        corpus = {"id": "d", "title": "Acme", "text": TEXTS[language], "lang": language}
        asked = {"id": "q", "text": QUESTIONS[language], "lang": language, "answers": ["Acme"]}
        (folder / "corpus.jsonl").write_text(json.dumps(corpus), "utf-8")
        (folder / "queries.jsonl").write_text(
            "".join(json.dumps(asked | {"id": f"q{n}"}) + "\n" for n in range(4)), "utf-8"
        )
        (folder / "qrels.tsv").write_text(
            "query-id\tdoc-id\tscore\n" + "".join(f"q{n}\td\t1\n" for n in range(4)), "utf-8"
        )


def test_it_counts_wrong_hits_and_hits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_sets(tmp_path)
    assert cache.main([str(tmp_path), "--pairs", "60", "--asked", "2"]) == 0
    said = capsys.readouterr().out
    assert "60 pairs of look-alikes, a third of them asked politely: 0 wrong hits" in said
    assert "| punctuation | 1.000 of" in said
    assert "0 hits where today's evidence does not hold the quote" in said


def test_a_wrong_hit_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sets(tmp_path)
    monkeypatch.setattr(cache, "same_question", lambda *_: True)
    assert cache.main([str(tmp_path), "--pairs", "60", "--asked", "1"]) == 1
    assert "60 wrong hits" in capsys.readouterr().out
