"""A collection of very many chunks, made of some that were really encoded.

Encoding a million chunks takes hours on two cores. So some paragraphs are really encoded, and the
collection is copies of them: the first copy is as it was; of every further one three words in ten
are replaced by words drawn from all paragraphs, as often as they occur there, noise is added to its
vector, and bits of its token codes are flipped. Everything else is real: the catalog, the indexes
and the manifest are written by the SnapshotStore as for any collection.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.bench.process import COLLECTION
from indexes.catalog_writer import Entry
from indexes.embedder import Embedder
from indexes.snapshot import Manifest, SnapshotStore
from indexes.tokens import TokenQuantiser
from indexes.types import EVERYONE, Chunk, Document, DocumentInfo, chunk_id, document_id

SECTIONS = 20  # chunks of a document
# Length of what is added to a unit vector: its cosine to where it came from is about .95.
NOISE = 0.33
# Random bytes of which all must have a bit, for that bit of a code to be flipped: one in eight is,
# as of vectors with a cosine of .92.
_FLIPS = 3
_REPLACED = 0.3
_BETWEEN = "\n\n"
_SOURCE = "replicas"
TYPE = "md"  # of every document
HUNDREDTH = "hundredth"  # a tag of one document in a hundred
_EVERY = 100
_BATCH = 64


@dataclass(frozen=True, slots=True)
class Encodings:
    """What was really encoded of some texts: unit rows, and token codes if there are any.

    ``token_dimensions`` is the length of the vectors that the codes stand for, or 0.
    """

    vectors: NDArray[np.float32]
    codes: Sequence[bytes]
    token_dimensions: int

    def save(self, file: Path) -> None:
        """Write them in NumPy's format."""
        joined = np.frombuffer(b"".join(self.codes), np.uint8)
        ends = np.cumsum([len(code) for code in self.codes])
        np.savez(file, vectors=self.vectors, codes=joined, ends=ends, width=self.token_dimensions)

    @classmethod
    def load(cls, file: Path) -> "Encodings":
        """Read what ``save`` wrote."""
        with np.load(file) as kept:
            codes = [part.tobytes() for part in np.split(kept["codes"], kept["ends"][:-1])]
            return cls(kept["vectors"], codes, int(kept["width"]))


@dataclass(frozen=True, slots=True)
class Replicas:
    """``count`` chunks made of ``texts`` and their encodings; row i is of text i % len(texts).

    The same row is the same on every machine.
    """

    texts: Sequence[str]
    encoded: Encodings
    count: int
    _words: Sequence[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_words", [word for text in self.texts for word in text.split()])

    def text(self, row: int) -> str:
        """The text of one chunk."""
        copy, place = divmod(row, len(self.texts))
        if copy == 0:
            return self.texts[place]
        chance = np.random.default_rng((1, row))
        words = self.texts[place].split()
        replaced = np.flatnonzero(chance.random(len(words)) < _REPLACED)
        drawn = chance.integers(len(self._words), size=len(replaced))
        for at, word in zip(replaced.tolist(), drawn.tolist(), strict=True):
            words[at] = self._words[word]
        return " ".join(words)

    def rows(self, start: int, stop: int) -> NDArray[np.float32]:
        """The vectors of a range of chunks, unit rows."""
        found = self.encoded.vectors[np.arange(start, stop) % len(self.texts)]
        for row in range(max(start, len(self.texts)), stop):
            noise = np.random.default_rng((2, row)).standard_normal(found.shape[1], np.float32)
            found[row - start] += noise * (NOISE / np.linalg.norm(noise))
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)

    def codes(self, row: int) -> bytes:
        """The token codes of one chunk."""
        copy, place = divmod(row, len(self.texts))
        code = self.encoded.codes[place]
        if copy == 0 or not code:
            return code
        drawn = np.random.default_rng((3, row)).bytes(_FLIPS * len(code))
        flipped = np.bitwise_and.reduce(np.frombuffer(drawn, np.uint8).reshape(_FLIPS, -1))
        return bytes(np.frombuffer(code, np.uint8) ^ flipped)

    def documents(self) -> Iterator[tuple[Document, list[Chunk]]]:
        """All documents with their chunks; each begins where the one before ended."""
        for number, first in enumerate(range(0, self.count, SECTIONS)):
            rows = range(first, min(first + SECTIONS, self.count))
            yield _document(number, [self.text(row) for row in rows])


def _document(number: int, texts: Sequence[str]) -> tuple[Document, list[Chunk]]:
    path = f"{number // 1000:04d}/{number:07d}.{TYPE}"
    info = DocumentInfo(
        id=document_id(COLLECTION, _SOURCE, path),
        collection=COLLECTION,
        source=_SOURCE,
        path=path,
        uri=path,
        title=f"{number:07d}",  # as its file: nothing is put before its passages
        type=TYPE,
        language="en",
        content_hash=sha256(path.encode()).hexdigest(),
        updated_at=None,
        groups=frozenset({EVERYONE}),
        tags=(HUNDREDTH,) if number % _EVERY == 0 else (),
    )
    chunks, start = [], 0
    for ordinal, text in enumerate(texts):
        end = start + len(text)
        identity = chunk_id(info.id, ordinal)
        chunks.append(Chunk(identity, info.id, ordinal, text, start, end, None, ()))
        start = end + len(_BETWEEN)
    return Document(info, _BETWEEN.join(texts)), chunks


class ReplicatedVectors:
    """A VectorSource of Replicas, which are asked for in their order."""

    def __init__(self, replicas: Replicas, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self.dimensions = int(replicas.encoded.vectors.shape[1])
        self.token_dimensions = replicas.encoded.token_dimensions
        self._replicas = replicas
        self._next = 0

    def encoded(
        self,
        passages: Sequence[str],
        languages: Sequence[str],  # noqa: ARG002 (a VectorSource's)
    ) -> tuple[NDArray[np.float32], list[bytes]]:
        """Unit rows and token codes of the next passages."""
        start, self._next = self._next, self._next + len(passages)
        codes = [self._replicas.codes(row) for row in range(start, self._next)]
        return self._replicas.rows(start, self._next), codes


def encode(texts: Sequence[str], embedder: Embedder) -> Encodings:
    """Paragraphs, really encoded as ingestion does it; those of one length share a batch."""
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    vectors = np.empty((len(texts), embedder.dimensions), np.float32)
    codes = [b""] * len(texts)
    dimensions = 0
    for start in range(0, len(order), _BATCH):
        places = order[start : start + _BATCH]
        found = embedder.encode_passages([texts[place] for place in places])
        vectors[places] = found.vectors.values
        for place, tokens in zip(places, found.tokens, strict=embedder.has_tokens):
            dimensions = tokens.values.shape[1]
            codes[place] = TokenQuantiser(dimensions).encode(texts[place], tokens)
    return Encodings(vectors, codes, dimensions)


def write(replicas: Replicas, data_dir: Path, embedder: Embedder) -> Manifest:
    """Write and publish a snapshot of them."""
    store = SnapshotStore(data_dir, COLLECTION)
    with store.lock(), store.staging() as staged:
        entries: list[Entry] = [staged.add(*one) for one in replicas.documents()]
        staged.commit()
        manifest = store.write(
            entries,
            ReplicatedVectors(replicas, embedder.fingerprint),
            embedder=embedder.description,
            chunker=made_of(replicas),
        )
        store.publish(manifest.id)
    return manifest


def made_of(replicas: Replicas) -> Mapping[str, str]:
    """What a manifest says of the chunks, so that a kept collection can be told from another."""
    texts = sha256("\0".join(replicas.texts).encode()).hexdigest()
    return {"replicated": str(replicas.count), "encoded": str(len(replicas.texts)), "of": texts}
