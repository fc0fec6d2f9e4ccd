"""`python -m evals`: measure question sets, compare two measurements, measure the whole house."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from evals.bench import MEASUREMENTS
from evals.cases import Half
from evals.compare import render_comparison
from evals.report import render
from evals.results import load, save, save_rows
from evals.run import RunSettings, evaluate
from evals.tuning import answers, command
from indexes.embedder import open_embedder
from indexes.errors import ConfigurationError, FootnoteError, SourceError, UsageError
from indexes.settings import IndexSettings
from indexes.types import Mode
from ingestion.sandbox import Sandbox

DONE = 0
WRONG_USAGE = 2
REFUSED = 3
_LIST = "list"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 2 wrong usage, 3 it could not be done.

    A measurement may have an exit code of its own, 1 where it found harm.
    """
    options = _parser().parse_args(arguments)
    try:
        if options.command == "run":
            _run(options)
        elif options.command == "tune":
            embedder = open_embedder(IndexSettings.read().embedder)
            print(command.tune(options.folders, options.data_dir, embedder, options.limit), end="")
        elif options.command == "tune-answers":
            embedder = open_embedder(IndexSettings.read().embedder)
            folders, limit, wikis = options.folders, options.limit, options.wiki
            print(answers.tune(folders, options.data_dir, embedder, limit, wikis), end="")
        elif options.command == "bench":
            return _bench(options.name, options.options)
        else:
            print(render_comparison(load(options.before), load(options.after)), end="")
    except (UsageError, ConfigurationError, SourceError) as exc:
        print(f"evals: {exc}", file=sys.stderr)
        return WRONG_USAGE
    except FootnoteError as exc:
        print(f"evals: {exc}", file=sys.stderr)
        return REFUSED
    return DONE


def _run(options: argparse.Namespace) -> None:
    settings = RunSettings(
        modes=options.modes,
        k=options.k,
        half=Half(options.half),
        limit=options.limit,
        answers=options.answers,
        unanswerable=options.unanswerable,
        removed=options.removed,
        model=options.model or options.so_far,
        journal=options.journal,
        so_far=options.so_far,
        corpora=options.corpora,
    )
    embedder = open_embedder(IndexSettings.read().embedder)
    with Sandbox() as parser:
        evaluation, rows = evaluate(options.folders, settings, options.data_dir, embedder, parser)
    print(render(evaluation), end="")
    if options.json:
        save(evaluation, options.json)
    if options.rows:
        save_rows(rows, options.rows)


def _bench(name: str, arguments: Sequence[str]) -> int:
    """One measurement, or the list of them; each is imported when it is asked for."""
    if name == _LIST:
        for known, shows in MEASUREMENTS.items():
            print(f"{known:<10} {shows}")
        return DONE
    code: int = import_module(f"evals.bench.{name}").main(arguments)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="measure retrieval and answers on question sets")
    run.add_argument(
        "folders",
        nargs="+",
        type=Path,
        metavar="FOLDER",
        help="holds queries.jsonl and qrels.tsv, and corpus.jsonl or docs/",
    )
    _add_data_dir(run)
    run.add_argument(
        "--corpora",
        type=Path,
        metavar="DIR",
        help="the corpus of a set that brings none is that of the folder of its name here",
    )
    run.add_argument("--json", type=Path, metavar="FILE", help="write everything here")
    run.add_argument("--rows", type=Path, metavar="FILE", help="write every question here (JSONL)")
    run.add_argument(
        "--modes", type=_modes, default=tuple(Mode), metavar="M,M", help="hybrid,dense,lexical"
    )
    run.add_argument("--k", type=_positive, default=10, help="cut-off of the metrics (default 10)")
    run.add_argument(
        "--half",
        choices=[half.value for half in Half],
        default=Half.ALL.value,
        help="tune on the even questions, report on the odd ones (default all)",
    )
    run.add_argument("--limit", type=_positive, metavar="N", help="take N questions of each set")
    run.add_argument(
        "--answers",
        type=_natural,
        default=0,
        metavar="N",
        help="ask N answerable and up to N unanswerable questions",
    )
    run.add_argument(
        "--unanswerable",
        type=_natural,
        metavar="N",
        help="with --answers, ask so many unanswerable ones instead",
    )
    run.add_argument(
        "--removed",
        type=_natural,
        default=0,
        metavar="N",
        help="ask N answerable questions with their documents taken away",
    )
    run.add_argument(
        "--model",
        action="store_true",
        help="let the language model of FOOTNOTE_LLM_... answer, and measure what it wrote before "
        "and after it was checked",
    )
    run.add_argument(
        "--journal",
        type=Path,
        metavar="FILE",
        help="keep the model's replies here (JSONL): a run that was cut goes on where it stood",
    )
    run.add_argument(
        "--so-far",
        action="store_true",
        help="ask no model: measure the questions whose replies are in the journal",
    )
    tune = commands.add_parser("tune", help="learn the weights of the ranking on even questions")
    command.add_arguments(tune)
    _add_data_dir(tune)
    tune_answers = commands.add_parser(
        "tune-answers", help="learn from even questions when there is no answer"
    )
    answers.add_arguments(tune_answers)
    _add_data_dir(tune_answers)
    compare = commands.add_parser("compare", help="show what changed between two results")
    compare.add_argument("before", type=Path, metavar="A.json")
    compare.add_argument("after", type=Path, metavar="B.json")
    bench = commands.add_parser("bench", help="measure speed, memory and safety, beside peers")
    bench.add_argument("name", choices=[_LIST, *MEASUREMENTS], metavar="NAME", help="or `list`")
    bench.add_argument("options", nargs=argparse.REMAINDER, help="of the measurement: NAME --help")
    return parser


def _add_data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=Path(os.environ.get("FOOTNOTE_DATA_DIR", "data")) / "evals",
        metavar="DIR",
        help="where the indexed corpora are kept for the next run (default: evals/ in "
        "FOOTNOTE_DATA_DIR or ./data)",
    )


def _modes(value: str) -> tuple[Mode, ...]:
    try:
        return tuple(dict.fromkeys(Mode(name.strip()) for name in value.split(",")))
    except ValueError as exc:
        raise argparse.ArgumentTypeError(f"{exc}; choose from {', '.join(Mode)}") from exc


def _natural(value: str) -> int:
    if not value.isdecimal():
        raise argparse.ArgumentTypeError(f"{value!r} is not a whole number from 0")
    return int(value)


def _positive(value: str) -> int:
    number = _natural(value)
    if number == 0:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
