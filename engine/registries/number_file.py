"""A set of phone numbers as a file that is looked up where it lies, mapped into memory.

A number is its E.164 digits. Numbers that differ in their last 16 bits only are neighbours and share a head:

    header   magic, digest of the rest, format, how many numbers, how many heads, version (an instant)
    lows     the last 16 bits of every number, in the order of the numbers
    heads    the bits before, once for all neighbours, in order
    starts   where the lows of each head begin, and the end of the last

so a national registry takes two bytes a number. Words are in the byte order of the machine; on another one
the magic is wrong, and the file is refused.
"""

import hashlib
import mmap
import struct
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from engine.domain.time import Instant

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.uint64]

LOW_BITS: Final = 16
LOW_MASK: Final = (1 << LOW_BITS) - 1
WORD: Final = 8  # bytes: heads and starts begin at a multiple of it
FORMAT: Final = 1
MAGIC: Final = int.from_bytes(b"DNC-NUMS", "little")
HEADER: Final = struct.Struct("=Q32sQQQq")
DIGEST_END: Final = struct.calcsize(
    "=Q32s"
)  # what follows is digested: the lows and on, then the header's rest
BLOCK_HEADS: Final = 4_096  # heads read together: some MB of numbers of a dense registry


class Unusable(Exception):
    """The file is not there, or not what it was when it was written. The text says what is wrong."""


class NumberFile:
    """The numbers of one version of one registry. `in` takes a few µs and reads a few pages."""

    def __init__(self, data: bytes | mmap.mmap) -> None:
        """Reads all of it once, for the digest. Raises Unusable."""
        view = memoryview(data)
        if len(view) < HEADER.size:
            raise Unusable("is cut short")
        magic, digest, form, count, heads, version_at = HEADER.unpack_from(view)
        if magic != MAGIC:
            raise Unusable("is no file of numbers of this kind of machine")
        if form != FORMAT:
            raise Unusable(f"has format {form}; this program reads {FORMAT}")
        places = offsets(count, heads)
        if len(view) != places[-1]:
            raise Unusable(f"has {len(view):,} bytes instead of {places[-1]:,}")
        if digest_of(view) != digest:
            raise Unusable("was changed after it was written: its digest is another")
        self.count: Final[int] = count
        self.version_at: Final[Instant] = version_at
        self.digest: Final = digest.hex()
        self._view = view
        self._lows = view[places[0] : places[0] + 2 * count].cast("H")
        self._heads = view[places[1] : places[2]].cast("Q")
        self._starts = view[places[2] :].cast("Q")

    def __contains__(self, number: int) -> bool:
        head = number >> LOW_BITS
        place = bisect_left(self._heads, head)
        if place == len(self._heads) or self._heads[place] != head:
            return False
        low, end = number & LOW_MASK, self._starts[place + 1]
        at = bisect_left(self._lows, low, self._starts[place], end)
        return at < end and self._lows[at] == low

    def __len__(self) -> int:
        return self.count

    def has(self, numbers: "Numbers") -> "NDArray[np.bool_]":
        """For each of many numbers, in any order, whether it is in."""
        import numpy as np

        heads = np.frombuffer(self._heads, np.uint64)
        if not len(heads):
            return np.zeros(len(numbers), np.bool_)
        starts = np.frombuffer(self._starts, np.uint64).view(np.int64)
        lows = np.frombuffer(self._lows, np.uint16)
        wanted = numbers >> np.uint64(LOW_BITS)
        place = np.minimum(np.searchsorted(heads, wanted), len(heads) - 1)
        known = heads[place] == wanted
        begin, end = starts[place], starts[place + 1]
        low = (numbers & np.uint64(LOW_MASK)).astype(np.uint16)
        last = end - 1
        for _ in range(int((starts[1:] - starts[:-1]).max()).bit_length()):  # all searches halve together
            middle = (begin + end) >> 1
            after = (lows[np.minimum(middle, last)] < low) & (middle < end)
            begin, end = np.where(after, middle + 1, begin), np.where(after, end, middle)
        found: NDArray[np.bool_] = known & (begin <= last) & (lows[np.minimum(begin, last)] == low)
        return found

    def blocks(self) -> Iterator["Numbers"]:
        """All numbers in order, some at a time."""
        import numpy as np

        heads = np.frombuffer(self._heads, np.uint64)
        starts = np.frombuffer(self._starts, np.uint64).view(np.int64)
        lows = np.frombuffer(self._lows, np.uint16)
        for first in range(0, len(heads), BLOCK_HEADS):
            some = heads[first : first + BLOCK_HEADS]
            edges = starts[first : first + len(some) + 1]
            full = np.repeat(some << np.uint64(LOW_BITS), np.diff(edges))
            yield full | lows[edges[0] : edges[-1]]


def offsets(count: int, heads: int) -> tuple[int, int, int, int]:
    """Where the lows, the heads and the starts begin, and the end."""
    lows = HEADER.size
    begin = lows + -(-2 * count // WORD) * WORD
    starts = begin + WORD * heads
    return lows, begin, starts, starts + WORD * (heads + 1)


def digest_of(view: memoryview) -> bytes:
    digest = hashlib.sha256(view[HEADER.size :])
    digest.update(view[DIGEST_END : HEADER.size])
    return digest.digest()


def mapped(path: Path) -> NumberFile:
    """Raises Unusable."""
    try:
        with path.open("rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        raise Unusable("is missing") from None
    except ValueError:
        raise Unusable("is empty") from None
    except OSError as error:
        raise Unusable(f"cannot be read: {error.strerror}") from None
    return NumberFile(data)
