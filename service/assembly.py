"""From settings to what answers: the models, who stands in for them, the cache, the masks."""

from dataclasses import replace

from indexes.entailment import EntailmentModel, EntailmentSettings
from service.answering.answer import Answerer
from service.answering.caching.cache import AnswerCache
from service.answering.conversation.modelled import ModelRewriter
from service.answering.conversation.rewriting import RuleRewriter
from service.answering.guarding.masking import Masker
from service.answering.types import Generator
from service.answering.writing.approved import Approvals
from service.answering.writing.extractive import ExtractiveGenerator
from service.answering.writing.opening import Model, open_model
from service.answering.writing.retrying import RetrySettings
from service.answering.writing.routing import Canary, Chain, Observer
from service.answering.writing.settings import LLMSettings, Prices
from service.settings import Settings

# Of a model's context, what is left for passages beside rules, examples and history.
_EVIDENCE_SHARE = 0.6


def assemble(
    settings: Settings, observer: Observer | None = None, approvals: Approvals | None = None
) -> Answerer:
    """Answers by the language model where one is set, and by extraction where it fails.

    ``approvals`` are examples for the first model, beside those of its prompt.
    ConfigurationError when a model's settings, its prompt or its examples cannot be right;
    EmbedderError when the model that checks is not there.
    """
    extractive = ExtractiveGenerator()
    plain = Answerer(
        extractive,
        entailment=_entailment(settings),
        cache=AnswerCache(settings.cache_entries, settings.cache_megabytes),
        hide=Masker().mask,
    )
    first = model_settings(settings)
    if first is None:
        return plain
    model = open_model(first, approvals)
    readable = settings.llm_context_tokens - settings.llm_max_tokens
    return replace(
        plain,
        generator=_generator(settings, first, model, extractive, observer),
        otherwise=extractive,
        rewriter=ModelRewriter(model.completer, otherwise=RuleRewriter()),
        evidence_tokens=int(readable * _EVIDENCE_SHARE),
    )


def model_settings(settings: Settings) -> LLMSettings | None:
    """How the first language model is asked; None where none is set."""
    if not settings.llm_model:
        return None
    prices = None
    if settings.llm_prompt_price is not None and settings.llm_completion_price is not None:
        prices = Prices(settings.llm_prompt_price, settings.llm_completion_price)
    return LLMSettings(
        base_url=settings.llm_base_url,
        model=settings.llm_model,
        api_key=settings.llm_api_key.get_secret_value(),
        timeout_seconds=settings.llm_timeout_seconds,
        max_tokens=settings.llm_max_tokens,
        context_tokens=settings.llm_context_tokens,
        output=settings.llm_output,
        prompt=settings.llm_prompt,
        examples=settings.llm_examples,
        shots=settings.llm_shots,
        prices=prices,
        retry=RetrySettings(settings.llm_attempts),
    )


def _entailment(settings: Settings) -> EntailmentModel | None:
    if not settings.entailment_model:
        return None
    return EntailmentModel(EntailmentSettings(settings.entailment_model, settings.device))


def _generator(
    settings: Settings,
    first: LLMSettings,
    model: Model,
    extractive: Generator,
    observer: Observer | None,
) -> Generator:
    fallback = _fallback(settings, first)
    behind: list[Generator] = [open_model(fallback).generator] if fallback else []
    behind.append(extractive)
    seconds = settings.llm_timeout_seconds
    usual = Chain([model.generator, *behind], seconds, observer)
    if not settings.llm_canary_share:
        return usual
    trial = open_model(_canary(settings, first)).generator
    return Canary(usual, Chain([trial, *behind], seconds, observer), settings.llm_canary_share)


def _fallback(settings: Settings, first: LLMSettings) -> LLMSettings | None:
    if not settings.llm_fallback_model:
        return None
    return replace(
        first,
        base_url=settings.llm_fallback_base_url,
        model=settings.llm_fallback_model,
        api_key=settings.llm_fallback_api_key.get_secret_value(),
        prices=None,
    )


def _canary(settings: Settings, first: LLMSettings) -> LLMSettings:
    """The model on trial: what is not set of it is as with the first."""
    elsewhere = bool(settings.llm_canary_base_url)
    return replace(
        first,
        base_url=settings.llm_canary_base_url or first.base_url,
        model=settings.llm_canary_model or first.model,
        # A key goes to the server it was given for, and to no other.
        api_key=settings.llm_canary_api_key.get_secret_value() if elsewhere else first.api_key,
        prompt=settings.llm_canary_prompt or first.prompt,
        prices=None if elsewhere else first.prices,
    )
