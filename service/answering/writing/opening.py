"""From settings to a language model that writes answers and completes short texts."""

from dataclasses import dataclass

from service.answering.writing.approved import Approvals, ApprovedExamples
from service.answering.writing.breaker import Breaker
from service.answering.writing.chat import Completer, Server
from service.answering.writing.composing import Composer
from service.answering.writing.examples import NearestExamples, read_examples
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


def open_server(settings: LLMSettings) -> ModelServer:
    """The server that ``settings`` describe, not asked yet.

    ConfigurationError when they cannot be right.
    """
    return ModelServer(
        OpenAICompatibleChat(settings),
        Breaker(settings.base_url, settings.breaker),
        settings.retry,
        settings.waits.completion,
    )


def open_model(
    settings: LLMSettings, approvals: Approvals | None = None, server: Server | None = None
) -> Model:
    """The model that ``settings`` describe, shown the examples of its files and ``approvals``.

    ``server`` stands in for the one of the settings. ConfigurationError when the settings, the
    prompt or its examples cannot be right. No server is asked yet.
    """
    server = server or open_server(settings)
    version = read_prompt(settings.prompt)
    own = read_examples(settings.examples) if settings.examples else version.examples
    shots = settings.shots
    examples = ApprovedExamples(approvals, own, shots) if approvals else NearestExamples(own, shots)
    composer = Composer(version, examples)
    return Model(ModelGenerator(settings, server, composer), server)
