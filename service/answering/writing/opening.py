"""From settings to a language model that writes answers and completes short texts."""

from dataclasses import dataclass

from service.answering.writing.breaker import Breaker
from service.answering.writing.chat import Completer
from service.answering.writing.composing import Composer
from service.answering.writing.examples import Examples, NearestExamples, read_examples
from service.answering.writing.generator import ModelGenerator
from service.answering.writing.llm import OpenAICompatibleChat
from service.answering.writing.prompts import read_prompt
from service.answering.writing.server import ModelServer
from service.answering.writing.settings import LLMSettings


@dataclass(frozen=True, slots=True)
class Model:
    """A language model in both of its parts; they share one breaker."""

    generator: ModelGenerator
    completer: Completer


def open_model(settings: LLMSettings, examples: Examples | None = None) -> Model:
    """The model that ``settings`` describe, shown ``examples`` or else those of its files.

    ConfigurationError when the settings, the prompt or its examples cannot be right. No server is
    asked yet.
    """
    chat = OpenAICompatibleChat(settings)
    server = ModelServer(
        chat,
        Breaker(settings.base_url, settings.breaker),
        settings.retry,
        settings.waits.completion,
    )
    version = read_prompt(settings.prompt)
    own = read_examples(settings.examples) if settings.examples else version.examples
    composer = Composer(version, examples or NearestExamples(own, settings.shots))
    return Model(ModelGenerator(settings, server, composer), server)
