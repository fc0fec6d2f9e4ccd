"""A cross-encoder as a reranker: question and passage read together by a model of one's own."""

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


class CrossEncoderReranker:
    """A sentence-transformers cross-encoder; safe to call from any thread."""

    def __init__(
        self, settings: CrossEncoderSettings, clock: Callable[[], float] = monotonic
    ) -> None:
        """EmbedderError when the model is not there or has no safetensors weights."""
        self._settings = settings
        self._folder = open_model(settings.model).folder
        self._clock = clock
        # Fast tokenizers keep their padding in shared state and refuse two callers at once.
        self._lock = Lock()

    @property
    def share(self) -> float:
        """Its part of the final score, 0 to 1."""
        return self._settings.share

    def scores(self, question: ReadText, passages: Sequence[ReadText]) -> NDArray[np.float32]:
        """The logistic function of what the model says of each of the first passages, 0 to 1.

        At least one batch is read, however long it takes. EmbedderError when the model fails.
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
        try:
            with self._lock:
                outputs = self._model.predict(
                    pairs, batch_size=_BATCH, show_progress_bar=False, activation_fn=_as_they_are
                )
        except RuntimeError as exc:
            raise EmbedderError(
                f"the reranking model {self._settings.model!r} failed on {len(pairs)} passages: "
                f"{exc}"
            ) from exc
        return np.asarray(outputs, np.float32)

    @cached_property
    def _model(self) -> Any:
        from sentence_transformers import CrossEncoder  # noqa: PLC0415 (it takes seconds to import)

        try:
            model = CrossEncoder(
                str(self._folder),
                device=None if self._settings.device == "auto" else self._settings.device,
                local_files_only=True,
                model_kwargs={"use_safetensors": True},
            )
        except (OSError, ValueError, RuntimeError) as exc:
            raise EmbedderError(
                f"the reranking model {self._settings.model!r} cannot be loaded ({exc}); name a "
                "directory with a whole model, or fetch it again"
            ) from exc
        if model.num_labels != 1:
            raise EmbedderError(
                f"the model {self._settings.model!r} gives {model.num_labels} scores for a passage "
                "and cannot rerank; name a cross-encoder that gives one"
            )
        return model


def _as_they_are(outputs: Any) -> Any:
    return outputs


def _logistic(outputs: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(-outputs)), np.float32)
