"""From settings to what answers."""

from pathlib import Path

import pytest

from indexes.errors import ConfigurationError, EmbedderError
from service.answering.conversation.modelled import ModelRewriter
from service.answering.conversation.rewriting import RuleRewriter
from service.answering.writing.extractive import ExtractiveGenerator
from service.answering.writing.routing import Canary, Chain
from service.assembly import assemble
from service.settings import Settings

MODEL = {"llm_base_url": "http://127.0.0.1:9/v1", "llm_model": "first-7b"}


def read(tmp_path: Path, **settings: object) -> Settings:
    return Settings.read(data_dir=tmp_path, **settings)


def test_without_a_model_answers_are_extracted(tmp_path: Path) -> None:
    answerer = assemble(read(tmp_path))
    assert isinstance(answerer.generator, ExtractiveGenerator)
    assert isinstance(answerer.rewriter, RuleRewriter)
    assert (answerer.otherwise, answerer.entailment, answerer.evidence_tokens) == (None, None, 0)
    assert answerer.hide is not None
    assert answerer.hide("Write to ana@example.org", "en") == "Write to " + "█" * 15


def test_a_model_writes_with_extraction_behind_it(tmp_path: Path) -> None:
    answerer = assemble(read(tmp_path, **MODEL))
    assert isinstance(answerer.generator, Chain)
    assert isinstance(answerer.rewriter, ModelRewriter)
    assert isinstance(answerer.otherwise, ExtractiveGenerator)
    assert answerer.generator.name == "first-7b"
    assert 0 < answerer.evidence_tokens < 4096 - 512


def test_a_share_of_the_questions_goes_to_the_model_on_trial(tmp_path: Path) -> None:
    usual = assemble(read(tmp_path, **MODEL)).generator
    trial = assemble(
        read(tmp_path, **MODEL, llm_canary_model="next-7b", llm_canary_share=0.25)
    ).generator
    assert isinstance(trial, Canary)
    assert (trial.name, usual.name) == ("first-7b", "first-7b")
    assert trial.version != usual.version


def test_whatever_changes_answers_changes_the_version(tmp_path: Path) -> None:
    changes: list[dict[str, object]] = [
        {},
        {"llm_max_tokens": 300},
        {"llm_output": "text"},
        {"llm_shots": 0},
        {"llm_fallback_base_url": "http://127.0.0.1:9/v1", "llm_fallback_model": "second-7b"},
    ]
    versions = {assemble(read(tmp_path, **MODEL, **each)).generator.version for each in changes}
    assert len(versions) == len(changes)


@pytest.mark.parametrize(
    "settings",
    [
        {"llm_fallback_base_url": "http://127.0.0.1:9/v1", "llm_fallback_model": "second-7b"},
        {"llm_canary_share": 0.5},
        {**MODEL, "llm_fallback_model": "second-7b"},
        {**MODEL, "llm_canary_base_url": "http://127.0.0.1:9/v1"},
        {**MODEL, "llm_prompt_price": 1.0},
        {**MODEL, "llm_prompt": "answer-0"},
    ],
)
def test_settings_that_cannot_be_right_are_refused(
    tmp_path: Path, settings: dict[str, object]
) -> None:
    with pytest.raises(ConfigurationError, match=r"FOOTNOTE_LLM_|prompt"):
        assemble(read(tmp_path, **settings))


def test_a_model_that_checks_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match="entailment"):
        assemble(read(tmp_path, entailment_model=str(tmp_path / "entailment")))
