"""One evaluation: index each question set, search, ask, measure."""

import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from evals.answers import answer_rows, ask
from evals.cases import Case, Half, load_cases, sample, select
from evals.corpus import Corpus, open_corpus, scope_of
from evals.journal import Journal, Journaled
from evals.judging import measure_answers, measure_raw, measure_raw_removed, measure_removed
from evals.results import Evaluation, Measurement, Row, SetResult
from evals.retrieval import measure_retrieval, rank, retrieval_rows
from indexes.embedder import Embedder
from indexes.errors import UsageError
from indexes.search import LocalIndex
from indexes.snapshot import SnapshotStore
from indexes.types import EVERYONE, Filters, Mode
from ingestion import pipeline
from ingestion.types import Parser, RunReport
from service.answering.answer import Answerer
from service.answering.types import Generator
from service.answering.writing.extractive import ExtractiveGenerator
from service.answering.writing.opening import open_model, open_server
from service.assembly import assemble, model_settings
from service.settings import Settings

_NOT_IN_A_NAME = re.compile(r"[^a-z0-9._-]+")
_NAME_CHARS = 64


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What to measure.

    ``answers`` and ``removed`` are numbers of questions to ask, 0 for none, ``unanswerable`` of
    those to decline, None for as many as ``answers``; ``limit`` is the most questions to take from
    a set, None for all. With ``model`` the language model of the service's
    settings writes the answers, else they are extracted. ``journal`` keeps its replies; with
    ``so_far`` it is not asked, and only what the journal holds is measured. ``corpora`` has the
    corpora of sets that bring none.
    """

    modes: tuple[Mode, ...] = tuple(Mode)
    k: int = 10
    half: Half = Half.ALL
    limit: int | None = None
    answers: int = 0
    unanswerable: int | None = None
    removed: int = 0
    model: bool = False
    journal: Path | None = None
    so_far: bool = False
    corpora: Path | None = None


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A folder of questions with the corpus they are asked of."""

    name: str
    folder: Path
    cases: tuple[Case, ...]
    corpus: Corpus


def evaluate(
    folders: Sequence[Path],
    settings: RunSettings,
    data_dir: Path,
    embedder: Embedder,
    parser: Parser,
) -> tuple[Evaluation, list[Row]]:
    """Measure every folder; the rows tell it question by question.

    UsageError or ConfigurationError, before anything is indexed, when a folder is not a question
    set. What is indexed under ``data_dir`` is used again by the next run.
    """
    results: list[SetResult] = []
    rows: list[Row] = []
    for question_set in _load_sets(folders, settings):
        result, of_set = _evaluate_set(question_set, settings, data_dir, embedder, parser)
        results.append(result)
        rows.extend({"set": question_set.name, **row} for row in of_set)
    evaluation = Evaluation(
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        settings=asdict(settings) | _named(settings),
        embedder={**embedder.description, "fingerprint": embedder.fingerprint},
        sets=tuple(results),
    )
    return evaluation, rows


def _named(settings: RunSettings) -> dict[str, str | None]:
    """Paths by their last part alone: a result tells nothing of the machine it was made on."""
    paths = {"journal": settings.journal, "corpora": settings.corpora}
    return {name: path.name if path else None for name, path in paths.items()}


def _load_sets(folders: Sequence[Path], settings: RunSettings) -> list[QuestionSet]:
    sets: dict[str, QuestionSet] = {}
    for folder in folders:
        name = _NOT_IN_A_NAME.sub("-", folder.resolve().name.lower()).strip("-._")[:_NAME_CHARS]
        if name in sets:
            raise UsageError(
                f"{folder} and {sets[name].folder} are both called {name!r}; rename one of them, "
                "or run them one after the other"
            )
        cases = select(load_cases(folder), settings.half, settings.limit)
        if not cases:
            raise UsageError(f"{folder} has no question in the half {settings.half.value!r}")
        corpus = open_corpus(folder, name, settings.corpora)
        sets[name] = QuestionSet(name, folder, tuple(cases), corpus)
    return list(sets.values())


def _evaluate_set(
    questions: QuestionSet,
    settings: RunSettings,
    data_dir: Path,
    embedder: Embedder,
    parser: Parser,
) -> tuple[SetResult, list[Row]]:
    began = perf_counter()
    _say(f"{questions.name}: indexing")
    report = pipeline.run(
        [questions.corpus], questions.name, data_dir, embedder=embedder, parser=parser
    )
    seconds = perf_counter() - began
    index = LocalIndex.open(SnapshotStore(data_dir, questions.name).published(), embedder)
    measurements, rows = _measure(questions, settings, index)
    return _set_result(questions, report, index, seconds, measurements), rows


def _set_result(
    questions: QuestionSet,
    report: RunReport,
    index: LocalIndex,
    seconds: float,
    measurements: Sequence[Measurement],
) -> SetResult:
    corpus = questions.corpus
    held = {corpus.record_id(file.path) for file in corpus.files()}
    judged = {document for case in questions.cases for document in case.relevant}
    return SetResult(
        name=questions.name,
        folder=questions.folder.name,
        snapshot=index.snapshot_id,
        documents=index.manifest.documents,
        chunks=index.manifest.chunks,
        questions=len(questions.cases),
        missing_relevant=len(judged - held),
        failures=tuple(f"{failure.path}: {failure.reason}" for failure in report.failures),
        seconds_indexing=seconds,
        measurements=tuple(measurements),
    )


def _measure(
    questions: QuestionSet, settings: RunSettings, index: LocalIndex
) -> tuple[list[Measurement], list[Row]]:
    # The model and the language profiles load at the first query; that is not a query's time.
    index.search(questions.cases[0].text, scope_of({EVERYONE}), Filters(), 1, Mode.HYBRID)
    measurements: list[Measurement] = []
    rows: list[Row] = []
    for mode in settings.modes:
        _say(f"{questions.name}: searching, {mode.value}")
        ranked = rank(questions.cases, index, questions.corpus, mode, settings.k)
        measurements.append(measure_retrieval(ranked, mode, settings.k))
        rows += retrieval_rows(ranked, mode, settings.k)
    answerer, model = _answerer(settings)
    if settings.answers:
        chosen = _answer_sample(questions.cases, settings)
        _say(f"{questions.name}: asking {len(chosen)} questions")
        asked = ask(chosen, answerer, index, questions.corpus, model=model)
        measured = measure_answers(asked)
        # How long a reply took that is read from a file says nothing.
        measurements.append(replace(measured, timings_ms={}) if settings.journal else measured)
        if model:
            measurements.append(measure_raw(asked))
        rows += answer_rows(asked, "answers")
    if settings.removed:
        judged = [case for case in questions.cases if case.answerable and case.relevant]
        chosen = sample(judged, settings.removed)
        _say(f"{questions.name}: asking {len(chosen)} questions without their documents")
        asked = ask(chosen, answerer, index, questions.corpus, without_relevant=True, model=model)
        measurements.append(measure_removed(asked))
        if model:
            measurements.append(measure_raw_removed(asked))
        rows += answer_rows(asked, "removed")
    return measurements, rows


def _answerer(settings: RunSettings) -> tuple[Answerer, Generator | None]:
    """What answers, every question anew, and the language model in it.

    Where the model's server fails the run ends, and its journal lets it be continued.
    """
    if not settings.model:
        return Answerer(ExtractiveGenerator()), None
    service = Settings.read()
    asked = model_settings(service)
    if asked is None:
        raise UsageError(
            "no language model is set; set FOOTNOTE_LLM_BASE_URL and FOOTNOTE_LLM_MODEL"
        )
    server = None if settings.so_far else open_server(asked)
    journaled = Journaled(Journal(settings.journal), asked.model, server)
    model = open_model(asked, server=journaled).generator
    return replace(assemble(service), generator=model, cache=None), model


def _answer_sample(cases: Sequence[Case], settings: RunSettings) -> list[Case]:
    """The answerable cases to ask, then the unanswerable ones."""
    declined = settings.answers if settings.unanswerable is None else settings.unanswerable
    return [
        *sample([case for case in cases if case.answerable], settings.answers),
        *sample([case for case in cases if not case.answerable], declined),
    ]


def _say(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)
