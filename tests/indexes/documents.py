"""Documents, chunks and vectors as a writer hands them over, made without a parser or a model."""

from dataclasses import replace
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from indexes.types import (
    EVERYONE,
    Chunk,
    Document,
    DocumentInfo,
    Placement,
    Vectors,
    chunk_id,
    document_id,
)

COLLECTION = "wiki"
SOURCE = "docs"
FINGERPRINT = "0123456789abcdef"
# What a manifest says of the embedder; these vectors come from a generator of random numbers.
EMBEDDER = {"model": "random", "precision": "float32"}
CHUNKER = {"max_tokens": "200"}

Entry = tuple[Document, list[Chunk]]


def make_document(
    path: str, text: str, placements: tuple[Placement, ...] = (), **fields: Any
) -> Document:
    """A document for everyone; ``fields`` are those of DocumentInfo that should be otherwise."""
    info = DocumentInfo(
        id=document_id(COLLECTION, SOURCE, path),
        collection=COLLECTION,
        source=SOURCE,
        path=path,
        uri=f"https://wiki.example/{path}",
        title=PurePosixPath(path).stem,
        type=PurePosixPath(path).suffix.removeprefix("."),
        language="en",
        content_hash=sha256(text.encode()).hexdigest(),
        updated_at=None,
        groups=frozenset({EVERYONE}),
    )
    return Document(replace(info, **fields), text, placements)


def make_entry(document: Document, section: tuple[str, ...] = ()) -> Entry:
    """The document with one chunk for each of its paragraphs."""
    chunks: list[Chunk] = []
    start = 0
    for ordinal, paragraph in enumerate(document.text.split("\n\n")):
        end = start + len(paragraph)
        chunks.append(
            Chunk(
                chunk_id(document.info.id, ordinal),
                document.info.id,
                ordinal,
                paragraph,
                start,
                end,
                document.page_at(start),
                section,
            )
        )
        start = end + 2
    return document, chunks


def make_vectors(rows: int, dimensions: int = 8, seed: int = 7) -> Vectors:
    """Random unit rows, the same for the same arguments."""
    values = np.random.default_rng(seed).standard_normal((rows, dimensions)).astype(np.float32)
    return Vectors(values / np.linalg.norm(values, axis=1, keepdims=True), FINGERPRINT)
