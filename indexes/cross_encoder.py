"""Cross-encoders: two texts read together by a model of one's own, and one of them as a reranker.

Nobody else imports sentence-transformers' CrossEncoder.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.embedding.model import open_model
from indexes.errors import EmbedderError
from indexes.rerank import ReadText

# Passages between two looks at the clock.
_BATCH = 8


@dataclass(frozen=True, slots=True)
class CrossEncoderSettings:
    """Which model, by directory or hub name, and how far it is heard.

    ``seconds`` is when it starts no further batch of passages; ``share`` its part of the final
    score, 0 to 1; ``device`` "cpu", "cuda", or "auto" for a GPU where there is one.
    """

    model: str
    seconds: float = 0.5
    share: float = 0.7
    device: str = "auto"


class PairModel:
    """A model directory that reads two texts together; loaded at the first pair.

    Safe to call from any thread. ``purpose`` names it in errors.
    """

    def __init__(self, name: str, device: str, purpose: str) -> None:
        """EmbedderError when the model is not there or has no safetensors weights."""
        self.name = name
        self._device = device
        self._purpose = purpose
        self._folder = open_model(name).folder
        # Fast tokenizers keep their padding in shared state and refuse two callers at once.
        self._lock = Lock()

    @property
    def labels(self) -> list[str]:
        """What its outputs are called, in their order."""
        named = self._model.model.config.id2label
        return [str(named[place]) for place in sorted(named)]

    def outputs(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """What the model says of each pair, before any activation: (pairs,) or (pairs, labels).

        EmbedderError when the model cannot be loaded or fails.
        """
        model = self._model
        try:
            with self._lock:
                outputs = model.predict(
                    list(pairs),
                    batch_size=len(pairs),
                    show_progress_bar=False,
                    activation_fn=_as_they_are,
                )
        except RuntimeError as exc:
            raise EmbedderError(
                f"the {self._purpose} model {self.name!r} failed on {len(pairs)} passages: {exc}"
            ) from exc
        return np.asarray(outputs, np.float32)

    @cached_property
    def _model(self) -> Any:
        from sentence_transformers import CrossEncoder  # noqa: PLC0415 (it takes seconds to import)

        try:
            return CrossEncoder(
                str(self._folder),
                device=None if self._device == "auto" else self._device,
                local_files_only=True,
                model_kwargs={"use_safetensors": True},
            )
        except (OSError, ValueError, RuntimeError) as exc:
            raise EmbedderError(
                f"the {self._purpose} model {self.name!r} cannot be loaded ({exc}); name a "
                "directory with a whole model, or fetch it again"
            ) from exc


class CrossEncoderReranker:
    """A sentence-transformers cross-encoder; safe to call from any thread."""

    def __init__(
        self, settings: CrossEncoderSettings, clock: Callable[[], float] = monotonic
    ) -> None:
        """EmbedderError when the model is not there or has no safetensors weights."""
        self._settings = settings
        self._model = PairModel(settings.model, settings.device, "reranking")
        self._clock = clock

    @property
    def share(self) -> float:
        """Its part of the final score, 0 to 1."""
        return self._settings.share

    def scores(self, question: ReadText, passages: Sequence[ReadText]) -> NDArray[np.float32]:
        """The logistic function of what the model says of each of the first passages, 0 to 1.

        At least one batch is read, however long it takes. EmbedderError when the model fails, or
        does not give one score for a passage.
        """
        end = self._clock() + self._settings.seconds
        found = [np.empty(0, np.float32)]
        for i in range(0, len(passages), _BATCH):
            if i and self._clock() >= end:
                break
            pairs = [(question.text, passage.text) for passage in passages[i : i + _BATCH]]
            found.append(_logistic(self._outputs(pairs)))
        return np.concatenate(found)

    def _outputs(self, pairs: list[tuple[str, str]]) -> NDArray[np.float32]:
        classes = len(self._model.labels)
        if classes != 1:
            raise EmbedderError(
                f"the model {self._model.name!r} gives {classes} scores for a passage "
                "and cannot rerank; name a cross-encoder that gives one"
            )
        return self._model.outputs(pairs)


def _as_they_are(outputs: Any) -> Any:
    return outputs


def _logistic(outputs: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(-outputs)), np.float32)
