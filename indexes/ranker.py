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
    AROUND = "around"
    DOCUMENT = "document"
    TITLE = "title"


Features = Mapping[Feature, Scores]
Weights = Mapping[Feature, float]

# Learned on the even halves of the development sets as `python -m evals tune` does, none below 0,
# and rounded, so that no set loses more than .002 in nDCG@10 by a change; see docs/measurements.md.
# Where the embedder has no vectors for tokens, the rest has to make up for it; where it has, a
# passage's own BM25 tells nothing that the words around it and their proximity do not.
READABLE: Weights = {
    Feature.DENSE: 0.07,
    Feature.LATE: 0.33,
    Feature.PHRASES: 0.13,
    Feature.PROXIMITY: 0.05,
    Feature.AROUND: 0.25,
    Feature.DOCUMENT: 0.05,
    Feature.TITLE: 0.12,
}
READABLE_WITHOUT_TOKENS: Weights = {
    Feature.DENSE: 0.28,
    Feature.LEXICAL: 0.05,
    Feature.PHRASES: 0.12,
    Feature.PROXIMITY: 0.14,
    Feature.AROUND: 0.17,
    Feature.DOCUMENT: 0.16,
    Feature.TITLE: 0.08,
}
UNREADABLE: Weights = {
    Feature.DENSE: 0.15,
    Feature.LEXICAL: 0.19,
    Feature.PHRASES: 0.09,
    Feature.PROXIMITY: 0.10,
    Feature.AROUND: 0.16,
    Feature.DOCUMENT: 0.07,
    Feature.TITLE: 0.24,
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
