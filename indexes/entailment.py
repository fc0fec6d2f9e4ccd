"""A model of entailment: whether a sentence follows from a text, read together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexes.cross_encoder import PairModel
from indexes.errors import EmbedderError

# Pairs of one pass of the model.
_BATCH = 16
_ENTAILMENT = "entailment"


@dataclass(frozen=True, slots=True)
class EntailmentSettings:
    """Which model, by directory or hub name; ``device`` "cpu", "cuda", or "auto"."""

    model: str
    device: str = "auto"


class EntailmentModel:
    """A sentence-transformers cross-encoder of which one class is called "entailment".

    Safe to call from any thread.
    """

    def __init__(self, settings: EntailmentSettings) -> None:
        """EmbedderError when the model is not there or has no safetensors weights."""
        self._pairs = PairModel(settings.model, settings.device, "entailment")

    def entailed(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """For each (text, sentence) how probably the sentence follows from the text, 0 to 1.

        The softmax over the model's classes. EmbedderError when the model fails, or has no class
        of that name.
        """
        place = self._class()
        found: list[float] = []
        for i in range(0, len(pairs), _BATCH):
            outputs = self._pairs.outputs(pairs[i : i + _BATCH])
            found.extend(float(row[place]) for row in _softmax(outputs))
        return found

    def _class(self) -> int:
        labels = self._pairs.labels
        for place, label in enumerate(labels):
            if label.lower() == _ENTAILMENT and len(labels) > 1:
                return place
        raise EmbedderError(
            f"the model {self._pairs.name!r} has the classes {', '.join(labels)} and none of them "
            f"is {_ENTAILMENT!r}; name a model of natural language inference, with its classes "
            "named in config.json (id2label)"
        )


def _softmax(outputs: NDArray[np.float32]) -> NDArray[np.float32]:
    exponentials = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True), np.float32)
