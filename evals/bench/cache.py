"""The answer cache: wrong hits among look-alike questions, and hits among paraphrases."""

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from evals.bench.lookalikes import Lookalikes, lookalikes, pool
from evals.bench.markdown import table, verdict
from evals.bench.paraphrases import digest, paraphrases, politely
from evals.cases import Case, Half, load_cases, sample, select
from evals.corpus import CORPUS_FILE
from evals.jsonl import records
from indexes.embedder import Embedder, open_embedder
from indexes.errors import UsageError
from indexes.settings import IndexSettings
from indexes.types import Chunk, DocumentInfo, Filters, Hit, Scope, document_id
from service.answering.caching.cache import AnswerCache, Key, Vector
from service.answering.caching.likeness import same_question
from service.answering.caching.vocabulary import whole_words
from service.answering.types import Answer, Citation, Evidence, Release

SETS = {"squad2-en": "en", "handbook-sourcegraph": "en", "xquad-vi": "vi", "cmrc2018-zh": "zh"}
PAIRS = 100_000
LEAST_HITS = 0.5
# A word so frequent in some collection is a word, and no typing error of its own.
_LEAST_OCCURRENCES = 5
_WORD = re.compile(r"[^\W\d_]+")
_SHOWN = 20

Known = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Collection:
    """The questions and texts of a set, and how often each small word occurs in its texts."""

    name: str
    language: str
    cases: Sequence[Case]
    texts: Mapping[str, str]
    words: Counter[str]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two look-alikes, of a language, as they came from a set."""

    collection: Collection
    lookalikes: Lookalikes


def main(arguments: Sequence[str]) -> int:
    """Print the tables; 1 if any pair of look-alikes was taken for one question."""
    parser = argparse.ArgumentParser(prog="python -m evals bench cache", description=__doc__)
    parser.add_argument("data", type=Path, metavar="DATA", help=f"holds {', '.join(SETS)}")
    parser.add_argument("--pairs", type=int, default=PAIRS, help=f"look-alikes (default {PAIRS})")
    parser.add_argument(
        "--asked",
        type=int,
        default=100,
        help="questions of each set put into a cache (default 100)",
    )
    options = parser.parse_args(arguments)
    if not options.data.is_dir():
        raise UsageError(f"{options.data} is not a folder; name one that holds {', '.join(SETS)}")
    collections = [_collection(options.data / name, language) for name, language in SETS.items()]
    embedder = open_embedder(IndexSettings.read().embedder)
    known = {each.name: _known(each, embedder) for each in collections}
    wrong = _report_lookalikes(_pairs(collections, options.pairs), known)
    _report_paraphrases(collections, known)
    wrong += _report_cache(collections, known, embedder, options.asked)
    return int(wrong > 0)


def _collection(folder: Path, language: str) -> Collection:
    texts = {
        record.string("id"): record.string("text", "") for record in records(folder / CORPUS_FILE)
    }
    words = Counter(word for text in texts.values() for word in _WORD.findall(text))
    return Collection(folder.name, language, load_cases(folder), texts, words)


def _known(collection: Collection, embedder: Embedder) -> Known:
    """Whether a word stands in the collection, or is one to the embedder that reads it."""
    small = {word.lower() for word in collection.words}
    whole = whole_words(embedder, collection.language)
    return cache(lambda word: word in small or whole(word))


def _pairs(collections: Sequence[Collection], count: int) -> list[Pair]:
    """``count`` pairs of all that can be made, those of the least hash; a third asks politely."""
    found: list[tuple[int, Pair]] = []
    for collection in collections:
        language = collection.language
        questions = [case.text for case in collection.cases]
        around = pool(questions, language, _words(collections, language), collection.texts.values())
        for question in questions:
            for each in lookalikes(question, language, around):
                number = digest(each.one + each.other)
                polite = number % 3 == 0
                other = politely(each.other, language, Half.ODD) if polite else each.other
                found.append((number, Pair(collection, replace(each, other=other))))
    found.sort(key=lambda each: each[0])
    return [pair for _, pair in found[:count]]


def _words(collections: Sequence[Collection], language: str) -> set[str]:
    """Small words that are frequent in any collection of the language."""
    counts: Counter[str] = Counter()
    for collection in collections:
        if collection.language == language:
            counts.update(collection.words)
    return {
        word for word, count in counts.items() if word.islower() and count >= _LEAST_OCCURRENCES
    }


def _report_lookalikes(pairs: Sequence[Pair], known: Mapping[str, Known]) -> int:
    made: Counter[tuple[str, str]] = Counter()
    wrong: defaultdict[tuple[str, str], list[Lookalikes]] = defaultdict(list)
    for pair in pairs:
        language, each = pair.collection.language, pair.lookalikes
        made[each.kind, language] += 1
        if same_question(each.one, each.other, language, known[pair.collection.name]):
            wrong[each.kind, language].append(each)
    total = sum(map(len, wrong.values()))
    print(
        f"{len(pairs)} pairs of look-alikes, a third of them asked politely: {total} wrong hits\n"
    )
    languages = sorted(set(SETS.values()))
    rows = (
        [kind, *(f"{len(wrong[kind, each])} of {made[kind, each]}" for each in languages)]
        for kind in sorted({kind for kind, _ in made})
    )
    print(table(["what differs", *languages], rows))
    for each in [each for found in wrong.values() for each in found][:_SHOWN]:
        print(f"- {each.kind}: {each.one} / {each.other}")
    return total


def _report_paraphrases(collections: Sequence[Collection], known: Mapping[str, Known]) -> None:
    """Odd questions, by the odd templates and synonyms: the lists were mended on the even ones."""
    made: Counter[tuple[str, str]] = Counter()
    hit: Counter[tuple[str, str]] = Counter()
    for collection in collections:
        language = collection.language
        for case in select(collection.cases, Half.ODD, None):
            for each in paraphrases(case.text, language, Half.ODD):
                same = same_question(case.text, each.text, language, known[collection.name])
                for kind in (each.kind, "all kinds"):
                    made[kind, language] += 1
                    hit[kind, language] += same
    _print_hits("The guard, odd questions and odd half of the templates", made, hit)


def _print_hits(title: str, made: Counter[tuple[str, str]], hit: Counter[tuple[str, str]]) -> None:
    languages = sorted({language for _, language in made})
    print(f"\n{title}: share of paraphrases that hit\n")
    rows = (
        [
            kind,
            *(
                f"{hit[kind, each] / made[kind, each]:.3f} of {made[kind, each]}"
                if made[kind, each]
                else "-"
                for each in languages
            ),
        ]
        for kind in sorted({kind for kind, _ in made}, key=lambda kind: (kind == "all kinds", kind))
    )
    print(table(["paraphrase", *languages], rows))
    worst = min(hit["all kinds", each] / made["all kinds", each] for each in languages)
    print(f"At least {LEAST_HITS} in every language: {verdict(reached=worst >= LEAST_HITS)}.\n")


def _report_cache(
    collections: Sequence[Collection], known: Mapping[str, Known], embedder: Embedder, asked: int
) -> int:
    """Questions remembered with an answer from their documents, then asked in other words."""
    made: Counter[tuple[str, str]] = Counter()
    hit: Counter[tuple[str, str]] = Counter()
    wrong = unsupported = looked = 0
    for collection in collections:
        room = _Room(collection, known[collection.name], embedder)
        cases = sample((case for case in collection.cases if _document(case, collection)), asked)
        for case in cases:
            room.remember(case)
        questions = [case.text for case in cases]
        around = pool(questions, collection.language, (), collection.texts.values())
        for case in cases:
            for each in paraphrases(case.text, collection.language, Half.ODD):
                found = room.hits(case, each.text, evidence=room.evidence(case))
                for kind in (each.kind, "all kinds"):
                    made[kind, collection.language] += 1
                    hit[kind, collection.language] += found
                unsupported += room.hits(case, each.text, evidence=())
            for pair in _of(case, lookalikes(case.text, collection.language, around)):
                looked += 1
                wrong += room.hits(case, pair.other, evidence=room.evidence(case))
    _print_hits(f"Through the cache, with vectors of {embedder.description['model']}", made, hit)
    print(
        f"{wrong} wrong hits among {looked} look-alikes asked of the cache; {unsupported} hits "
        "where today's evidence does not hold the quote."
    )
    return wrong + unsupported


def _of(case: Case, pairs: Iterator[Lookalikes]) -> Iterator[Lookalikes]:
    """Those of which one is the question that is remembered."""
    return (pair for pair in pairs if pair.one == case.text)


class _Room:
    """A cache with the questions of one collection, each answered by the start of its document."""

    def __init__(self, collection: Collection, known: Known, embedder: Embedder) -> None:
        self._collection = collection
        self._known = known
        self._embedder = embedder
        self._cache = AnswerCache(entries=10_000, megabytes=256)
        self._key = Key(
            collection=collection.name,
            snapshot="1",
            groups=Scope.of([]).groups,
            filters=Filters(),
            top_k=8,
            writer="extractive",
            release=Release.STRICT,
            masked=False,
        )

    def remember(self, case: Case) -> None:
        """Put the answer to ``case`` into the cache."""
        vector = self._vector(case.text)
        answer = self._answer(case)
        self._cache.remember(self._key, case.text, self._collection.language, vector, answer)

    def hits(self, case: Case, question: str, evidence: Sequence[Evidence]) -> bool:
        """Whether ``question`` is given the answer to ``case``."""
        found = self._cache.similar(
            self._key,
            question,
            self._collection.language,
            self._vector(question),
            evidence,
            self._known,
        )
        return found is not None and found.question == case.text

    def evidence(self, case: Case) -> tuple[Evidence, ...]:
        """The start of the document of ``case``."""
        text = self._collection.texts[_document(case, self._collection)]
        hit = self._hit(case)
        return (Evidence(1, text, 0, len(text), (hit,)),)

    def _vector(self, question: str) -> Vector | None:
        if not self._embedder.reads(self._collection.language):
            return None
        vector: Vector = self._embedder.embed_queries([question]).values[0].astype(np.float32)
        return vector

    def _hit(self, case: Case) -> Hit:
        path = _document(case, self._collection)
        text = self._collection.texts[path]
        name, language = self._collection.name, self._collection.language
        identity = document_id(name, name, path)
        info = DocumentInfo(
            id=identity,
            collection=name,
            source=name,
            path=path,
            uri=path,
            title=path,
            type="txt",
            language=language,
            content_hash="",
            updated_at=None,
            groups=Scope.of([]).groups,
        )
        return Hit(1, 1.0, Chunk(f"{identity}-0", identity, 0, text, 0, len(text), None, ()), info)

    def _answer(self, case: Case) -> Answer:
        hit = self._hit(case)
        quote = hit.chunk.text[:100]
        citation = Citation(1, hit.document, hit.chunk.id, (), quote, 0, len(quote), None)
        return Answer(
            text=quote,
            abstained=False,
            reason=None,
            language=self._collection.language,
            sentences=(),
            citations=(citation,),
            snapshot="1",
            generator="extractive",
            timings_ms={},
            question=case.text,
        )


def _document(case: Case, collection: Collection) -> str:
    """A document that helps with ``case``; empty where none is there."""
    return next((name for name in case.relevant if name in collection.texts), "")
