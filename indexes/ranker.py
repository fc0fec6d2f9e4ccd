"""The learned ranking: a weighted mean of what is known of each candidate, weights by situation."""

from collections.abc import Mapping
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]


class Feature(StrEnum):
    """What is known of a candidate, each 0 to 1 and never worse when larger."""

    DENSE = "dense"
    LEXICAL = "lexical"
    LATE = "late"
    PHRASES = "phrases"
    PROXIMITY = "proximity"
    DOCUMENT = "document"
    TITLE = "title"


Features = Mapping[Feature, Scores]
Weights = Mapping[Feature, float]

# Learned on the even halves of the development sets as `python -m evals tune` does, none below 0,
# and rounded; see docs/measurements.md. Where the embedder has no vectors for tokens, the rest has
# to make up for it.
READABLE: Weights = {
    Feature.DENSE: 0.07,
    Feature.LEXICAL: 0.09,
    Feature.LATE: 0.37,
    Feature.PHRASES: 0.08,
    Feature.PROXIMITY: 0.19,
    Feature.DOCUMENT: 0.11,
    Feature.TITLE: 0.09,
}
READABLE_WITHOUT_TOKENS: Weights = {
    Feature.DENSE: 0.25,
    Feature.LEXICAL: 0.20,
    Feature.PHRASES: 0.11,
    Feature.PROXIMITY: 0.15,
    Feature.DOCUMENT: 0.20,
    Feature.TITLE: 0.09,
}
UNREADABLE: Weights = {
    Feature.DENSE: 0.14,
    Feature.LEXICAL: 0.29,
    Feature.PHRASES: 0.08,
    Feature.PROXIMITY: 0.12,
    Feature.DOCUMENT: 0.14,
    Feature.TITLE: 0.23,
}


def weights(*, readable: bool, tokens: bool) -> Weights:
    """The weights for a question that the embedder reads or not, with vectors of tokens or not."""
    if not readable:
        return UNREADABLE
    return READABLE if tokens else READABLE_WITHOUT_TOKENS


def rank(features: Features, weighted: Weights) -> Scores:
    """The weighted mean of the features that have a weight, 0 to 1, shape (candidates,)."""
    used = [name for name in features if name in weighted]
    total = sum(weighted[name] for name in used)
    summed = sum(weighted[name] * features[name] for name in used)
    return np.asarray(summed / total, np.float32)
