"""The measures themselves, pure functions; each names its definition."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2

import numpy as np

# Written without spaces between words: texts are compared character by character.
SPACELESS_LANGUAGES = frozenset({"zh", "ja"})
_ENGLISH_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Milliseconds that half, and 95 %, of the measurements did not exceed."""

    p50: float
    p95: float


def recall(ranking: Sequence[str], relevant: Mapping[str, int], k: int) -> float:
    """The share of relevant documents among the first ``k`` (trec_eval's recall_k)."""
    return len(relevant.keys() & set(ranking[:k])) / len(relevant)


def reciprocal_rank(ranking: Sequence[str], relevant: Mapping[str, int], k: int) -> float:
    """1 / rank, from 1, of the first relevant document, 0 past ``k``.

    Its mean over questions is MRR@k (Voorhees, TREC-8 question answering track, 1999; the cut-off
    as in MS MARCO).
    """
    ranks = (rank for rank, document in enumerate(ranking[:k], start=1) if document in relevant)
    return 1 / next(ranks, float("inf"))


def ndcg(ranking: Sequence[str], relevant: Mapping[str, int], k: int) -> float:
    """Discounted cumulative gain over the first ``k``, divided by the best possible.

    The gain is the grade itself (Järvelin & Kekäläinen, TOIS 2002), not 2^grade - 1; the discount
    of rank i, from 1, is log2(i + 1), as in trec_eval's ndcg_cut.
    """
    gains = [relevant.get(document, 0) for document in ranking]
    ideal = sorted(relevant.values(), reverse=True)
    return _discounted(gains[:k]) / _discounted(ideal[:k])


def _discounted(gains: Iterable[int]) -> float:
    return sum(gain / log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def normalise_answer(text: str, language: str, *, separator: str = "") -> str:
    """An answer in the form in which it is compared.

    As in SQuAD's evaluation (Rajpurkar et al. 2016): lower case, punctuation deleted, English
    articles dropped, white space made single. Before that NFKC, so that full-width forms are
    equal; punctuation is every character of Unicode's categories P and S, replaced by
    ``separator``; a language that puts no spaces between words loses its spaces.
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    kept = "".join(separator if unicodedata.category(c)[0] in "PS" else c for c in folded)
    if language == "en":
        kept = _ENGLISH_ARTICLES.sub(" ", kept)
    return ("" if language in SPACELESS_LANGUAGES else " ").join(kept.split())


def contains_answer(text: str, answers: Iterable[str], language: str) -> bool:
    """Whether ``text`` holds one of the answers as whole words, both normalised as in SQuAD.

    A mark inside a word may join or part it ("10th-century" holds "10th"); "2010" does not hold
    "10". The measure is has_answer of DrQA (Chen et al. 2017) with SQuAD's normalisation.
    """
    return any(
        _holds_words(
            normalise_answer(text, language, separator=separator),
            normalise_answer(answer, language, separator=separator),
            language,
        )
        for answer in answers
        for separator in ("", " ")
    )


def _holds_words(text: str, answer: str, language: str) -> bool:
    if not answer:
        return False
    if language in SPACELESS_LANGUAGES:
        # Only a number has visible ends: "2" is not an answer inside of "2008".
        before = r"(?<!\d)" if answer[0].isdigit() else ""
        after = r"(?!\d)" if answer[-1].isdigit() else ""
        return re.search(before + re.escape(answer) + after, text) is not None
    return f" {answer} " in f" {text} "


def token_f1(text: str, answers: Iterable[str], language: str) -> float:
    """The best F1 of shared tokens over the answers (Rajpurkar et al. 2016).

    Tokens are words, or characters where words are not spaced.
    """
    return max((_overlap(text, answer, language) for answer in answers), default=0.0)


def _overlap(text: str, answer: str, language: str) -> float:
    found, wanted = (Counter(_tokens(part, language)) for part in (text, answer))
    shared = (found & wanted).total()
    return 2 * shared / (found.total() + wanted.total()) if shared else 0.0


def _tokens(text: str, language: str) -> list[str]:
    normal = normalise_answer(text, language)
    return list(normal) if language in SPACELESS_LANGUAGES else normal.split()


def length(text: str, language: str) -> int:
    """Words between spaces (syllables, in Vietnamese); characters where words are not spaced."""
    return len("".join(text.split())) if language in SPACELESS_LANGUAGES else len(text.split())


def percentiles(milliseconds: Sequence[float]) -> Percentiles:
    """p50 and p95 with linear interpolation between measurements (type 7, Hyndman & Fan 1996)."""
    p50, p95 = np.percentile(np.array(milliseconds, dtype=np.float64), (50, 95))
    return Percentiles(float(p50), float(p95))
