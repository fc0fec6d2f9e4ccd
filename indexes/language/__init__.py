"""Which language a text is in, the terms it is found by, and where its sentences end."""

from indexes.language.detection import UNDETERMINED, Detection, detect, identify
from indexes.language.folding import normalise
from indexes.language.sentences import sentences
from indexes.language.terms import analyze, index_terms, query_terms

__all__ = [
    "UNDETERMINED",
    "Detection",
    "analyze",
    "detect",
    "identify",
    "index_terms",
    "normalise",
    "query_terms",
    "sentences",
]
