"""Footnote as a contestant: ingested by the pipeline, opened and searched by LocalIndex."""

import json
from collections.abc import Sequence
from pathlib import Path

from evals.bench.contestant import Found, Given, answers, as_given
from evals.bench.dialogue import serve
from evals.bench.process import COLLECTION
from evals.corpus import CorpusSource, scope_of
from indexes.catalog import CATALOG_FILE, Catalog
from indexes.embedder import open_embedder
from indexes.passage import passage
from indexes.search import LocalIndex
from indexes.snapshot import SnapshotStore
from indexes.types import EVERYONE, Filters, Mode, Scope
from ingestion.pipeline import RunSettings, run
from ingestion.sandbox import Sandbox
from ingestion.settings import IngestionSettings

# What everybody may see, of documents in their buckets (evals/corpus.py) and of others.
_SCOPE = Scope.of(scope_of({EVERYONE}).groups)


class Footnote:
    """A data directory with one collection, searched in the default mode."""

    def __init__(self) -> None:
        self._settings = IngestionSettings.read()
        self._embedder = open_embedder(self._settings.embedder)
        self._embedder.embed_queries(["The weights are loaded by the first text."])
        self._index: LocalIndex | None = None
        self._filters = Filters()

    def build(self, given: Given, folder: Path) -> int:
        """Ingest the documents and publish; write down the passages they were cut into."""
        source = CorpusSource(given.documents_file, COLLECTION)
        with Sandbox(workers=self._settings.parsers) as parser:
            settings = RunSettings(threads=self._settings.parsers)
            report = run(
                [source],
                COLLECTION,
                folder,
                embedder=self._embedder,
                parser=parser,
                settings=settings,
            )
        return report.chunks.total

    def passages(self, given: Given, folder: Path) -> None:
        """Write down what ``build`` embedded, for the contestants that bring no splitter."""
        source = CorpusSource(given.documents_file, COLLECTION)
        snapshot = SnapshotStore(folder, COLLECTION).published()
        with given.passages_file.open("w", encoding="utf-8") as file:
            for one in Catalog(snapshot / CATALOG_FILE).passages():
                record = {
                    "document": source.record_id(one.document.path),
                    "text": passage(one.document, one.section, one.text),
                }
                file.write(json.dumps(record, ensure_ascii=False) + "\n")

    def open(self, given: Given, folder: Path) -> None:  # noqa: ARG002 (a Contestant's)
        """Verify and open the published snapshot."""
        published = SnapshotStore(folder, COLLECTION).published()
        self._index = LocalIndex.open(published, self._embedder)

    def narrow(self, types: Sequence[str], tags: Sequence[str]) -> None:
        """From now on search documents of these types and tags; empty ones do not restrict."""
        self._filters = Filters(types=frozenset(types), tags=frozenset(tags))

    def search(self, question: str, k: int) -> Found:
        """The paths of the documents of the ``k`` best chunks, and what each stage took."""
        if self._index is None:
            raise ValueError("a contestant is opened before it is asked")
        result = self._index.search(question, _SCOPE, self._filters, k, Mode.HYBRID)
        return Found([hit.document.path for hit in result.hits], result.timings_ms)

    def described(self) -> dict[str, str]:
        """What the embedder says of itself."""
        return dict(self._embedder.description)


def main() -> None:
    """Answer on standard input and output until it ends."""
    footnote = Footnote()

    def passages(folder: str, **given: str | None) -> None:
        footnote.passages(as_given(given), Path(folder))

    serve(
        {
            **answers(footnote),
            "passages": passages,
            "narrow": footnote.narrow,
            "described": footnote.described,
        }
    )


if __name__ == "__main__":
    main()
