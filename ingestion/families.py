"""Documents that say nearly the same, found by MinHash; owns datasketch.

Two documents are near-duplicates when the Jaccard similarity of their sets of shingles (three
index terms in a row) is estimated at 0.85 or more; so are two that their names tell to be versions
of one paper, at 0.35. MinHash: Broder 1997, "On the resemblance and
containment of documents"; the bands: Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets",
section 3.4.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha1
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from indexes.language import analyze

SIMILAR = 0.85
# Enough for two documents that their names tell to be versions of one: a revision of about half
# of the clauses leaves .38 to .48.
REVISED = 0.35
_SHINGLE = 3  # terms
_PERMUTATIONS = 128  # the estimate's standard error is .03 at a similarity of .85
# Rows of equal hashes that make two documents a pair to be compared: of 16 bands of 8, a pair at
# .85 shares one with a probability of .99, a pair at .5 with .06.
_BAND = 8
_TYPE = np.dtype("<u4")


def signature(text: str, language: str) -> bytes:
    """What tells near-duplicates of a document; empty where it holds no index term.

    128 hashes of 4 bytes; the same on every machine.
    """
    terms = analyze(text, language)
    if not terms:
        return b""
    runs = zip(*(terms[i:] for i in range(_SHINGLE)), strict=False)
    shingles = {"\0".join(run).encode() for run in runs} or {"\0".join(terms).encode()}
    # What datasketch takes of SHA-1 as well, in half its time.
    hashed = b"".join([sha1(shingle, usedforsecurity=False).digest()[:4] for shingle in shingles])
    from datasketch import MinHash  # noqa: PLC0415 - brings SciPy: a second, for new texts alone

    sketch = MinHash(
        num_perm=_PERMUTATIONS, scheme="affine32", permutations=_permutations(), hashfunc=int
    )
    sketch.update_batch(np.frombuffer(hashed, _TYPE).tolist())
    return np.asarray(sketch.hashvalues).astype(_TYPE).tobytes()


@cache
def _permutations() -> NDArray[np.uint32]:
    """Drawn once from a fixed seed: drawing them takes as long as using them."""
    from datasketch import MinHash  # noqa: PLC0415 - as above

    drawn: NDArray[np.uint32] = MinHash(
        num_perm=_PERMUTATIONS, seed=1, scheme="affine32"
    ).permutations
    return drawn


def families(
    signatures: Mapping[str, bytes], versions: Iterable[tuple[str, str]] = ()
) -> dict[str, str]:
    """The family, by document id, of each document that has a near-duplicate.

    Of ``versions``, pairs of ids, each need be ``REVISED`` alike only. A family is named by the
    least id in it. Who is near to one of a family belongs to it.
    """
    ids = sorted(identity for identity, sketch in signatures.items() if sketch)
    if not ids:
        return {}
    sketches = np.frombuffer(b"".join(signatures[each] for each in ids), _TYPE)
    sketches = sketches.reshape(len(ids), _PERMUTATIONS)
    leaders = list(range(len(ids)))
    rows = {identity: row for row, identity in enumerate(ids)}
    named = [(rows[a], rows[b], REVISED) for a, b in versions if a in rows and b in rows]
    near = ((first, second, SIMILAR) for first, second in _candidates(sketches))
    for first, second, least in chain(near, named):
        one, other = sorted((_leader(leaders, first), _leader(leaders, second)))
        if one != other and np.mean(sketches[first] == sketches[second]) >= least:
            leaders[other] = one
    found = [_leader(leaders, row) for row in range(len(ids))]
    sizes = np.bincount(found, minlength=len(ids))
    return {ids[row]: ids[leader] for row, leader in enumerate(found) if sizes[leader] > 1}


def _candidates(sketches: NDArray[np.uint32]) -> Iterator[tuple[int, int]]:
    """Neighbours among the rows that agree in a whole band."""
    for start in range(0, _PERMUTATIONS, _BAND):
        band = np.ascontiguousarray(sketches[:, start : start + _BAND])
        keys = band.view(np.dtype((np.void, band.dtype.itemsize * _BAND))).ravel()
        order = np.argsort(keys, kind="stable")
        for first, second in pairwise(order.tolist()):
            if keys[first] == keys[second]:
                yield first, second


def _leader(leaders: Sequence[int], row: int) -> int:
    while leaders[row] != row:
        row = leaders[row]
    return row
