"""Which languages an embedder reads, as far as its settings say."""

from indexes.embedding.types import ANY_LANGUAGE, EmbedderSettings


def reads(settings: EmbedderSettings, language: str) -> bool:
    """Whether vectors of text in ``language`` (ISO 639-1) mean something.

    No model directory states its languages: the built-in model reads English, any other one all
    languages, unless the settings name them.
    """
    built_in = not settings.model and not settings.url
    languages = settings.languages or frozenset({"en" if built_in else ANY_LANGUAGE})
    return ANY_LANGUAGE in languages or language in languages
