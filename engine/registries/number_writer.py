"""Writes the file of a set of numbers in one go, from numbers in order; holds nothing but the heads.

There is one head for 65,536 neighbouring numbers at most: a country of ten digits has some 150,000.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.domain.time import Instant
from engine.registries.number_file import DIGEST_END, FORMAT, HEADER, LOW_BITS, LOW_MASK, MAGIC, WORD

Numbers: TypeAlias = NDArray[np.uint64]

NOTHING: Final = bytes(32)  # the place of the digest until it is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    count: int
    digest: str


def write_numbers(stream: BinaryIO, blocks: Iterable[Numbers], *, version_at: Instant) -> Written:
    """Write numbers that come in ascending order, each once. The stream must be able to seek."""
    digest = hashlib.sha256()

    def put(data: bytes | memoryview) -> None:
        digest.update(data)
        stream.write(data)

    stream.write(bytes(HEADER.size))
    heads: list[Numbers] = []
    starts: list[NDArray[np.uint64]] = []
    count, last = 0, -1
    for block in blocks:
        if not len(block):
            continue
        high = block >> np.uint64(LOW_BITS)
        fresh = np.concatenate(([int(high[0]) != last], high[1:] != high[:-1]))
        heads.append(high[fresh])
        starts.append(np.flatnonzero(fresh).astype(np.uint64) + np.uint64(count))
        put((block & np.uint64(LOW_MASK)).astype(np.uint16).data)
        count, last = count + len(block), int(high[-1])
    put(bytes(-2 * count % WORD))
    for part in (*heads, *starts, np.array([count], np.uint64)):
        put(part.data)
    head_count = sum(map(len, heads))
    rest = HEADER.pack(MAGIC, NOTHING, FORMAT, count, head_count, version_at)[DIGEST_END:]
    digest.update(rest)
    stream.seek(0)
    stream.write(HEADER.pack(MAGIC, digest.digest(), FORMAT, count, head_count, version_at))
    return Written(count=count, digest=digest.hexdigest())
