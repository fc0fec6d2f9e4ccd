"""Documents, chunks and vectors as a writer hands them over, made without a parser or a model."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexes.snapshot import Manifest, SnapshotStore
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


class RowVectors:
    """A VectorSource that gives rows out in their order, the signs of each as its one token."""

    def __init__(self, vectors: Vectors) -> None:
        self.fingerprint = vectors.fingerprint
        self.dimensions = vectors.values.shape[1]
        self.token_dimensions = self.dimensions
        self._rows = iter(vectors.values)

    def encoded(
        self, passages: Sequence[str], languages: Sequence[str]
    ) -> tuple[NDArray[np.float32], list[bytes]]:
        del languages
        rows = np.array([next(self._rows) for _ in passages], dtype=np.float32)
        return rows, [np.packbits(row > 0).tobytes() for row in rows]


def write_snapshot(
    store: SnapshotStore,
    entries: Sequence[Entry],
    vectors: Vectors | None = None,
    *,
    embedder: Mapping[str, str] = MappingProxyType(EMBEDDER),
    signatures: Mapping[str, bytes] = MappingProxyType({}),
) -> Manifest:
    """A snapshot of ``entries``, not yet published; with random vectors unless some are given."""
    made = vectors or make_vectors(sum(len(chunks) for _, chunks in entries))
    with store.lock(), store.staging() as staged:
        rows = [
            staged.add(document, chunks, signatures.get(document.info.path, b""))
            for document, chunks in entries
        ]
        staged.commit()
        return store.write(rows, RowVectors(made), embedder=embedder, chunker=CHUNKER)


def _page(
    path: str, title: str, language: str, text: str, groups: Sequence[str] = (EVERYONE,)
) -> Entry:
    document = make_document(
        path,
        text,
        title=title,
        language=language,
        groups=frozenset(groups),
        updated_at="2026-03-01T09:30:00Z",
    )
    return make_entry(document, (title,))


# A small wiki in three languages: some of it for "hr" or "it" only, one page for nobody.
LIBRARY = [
    _page(
        "en/leave.md",
        "Parental leave",
        "en",
        "Every parent gets twenty weeks of paid parental leave.\n\n"
        "Leave is requested from the team lead four weeks ahead.",
    ),
    _page(
        "en/travel.md",
        "Travel",
        "en",
        "Trains are booked through the travel desk.\n\nThe daily allowance is forty euros.",
    ),
    _page(
        "en/vpn.md",
        "Remote access",
        "en",
        "The VPN disconnects after thirty minutes without traffic.\n\n"
        "Restart the client when error VPN-4021 appears.",
    ),
    _page("en/kitchen.md", "Kitchen", "en", "The coffee machine is cleaned every Friday."),
    _page(
        "vi/nghi-phep.md",
        "Nghỉ phép",
        "vi",
        "Nhân viên được nghỉ phép mười hai ngày mỗi năm.\n\n"
        "Đơn xin nghỉ phép gửi cho trưởng nhóm trước hai tuần.",
    ),
    _page("vi/cong-tac.md", "Công tác", "vi", "Vé tàu được đặt qua phòng hành chính."),
    _page(
        "zh/nianjia.md",
        "年假",
        "zh",
        "员工每年有十天年假。\n\n年假须提前两周向主管申请。",
    ),
    _page("zh/vpn.md", "远程访问", "zh", "VPN连接三十分钟没有流量就会断开。"),
    _page(
        "hr/salaries.md",
        "Salary bands",
        "en",
        "The salary band of a zoologist is ninety thousand quatloos.\n\n"
        "Parental leave above twenty weeks is granted by the board.",
        ["hr"],
    ),
    _page("hr/luong.md", "Bảng lương", "vi", "Lương của trưởng nhóm là chín mươi triệu.", ["hr"]),
    _page("hr/gongzi.md", "工资", "zh", "主管的工资是每月三万元。", ["hr", "board"]),
    _page("it/servers.md", "Servers", "en", "The VPN server restarts at four.", ["it"]),
    _page("en/draft.md", "Draft", "en", "Parental leave may become thirty weeks.", []),
]
