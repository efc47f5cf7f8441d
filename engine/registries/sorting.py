"""Numbers in order and each once, however many, in bounded memory: runs on disk, merged block by block."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.uint64]

RUN_NUMBERS: Final = 4_000_000  # 32 MB, and as much again while they are sorted
MERGED_NUMBERS: Final = 2_000_000  # of all runs together, at a time
WIDTH: Final = 8  # bytes of a number on disk


def distinct(numbers: Numbers) -> Numbers:
    """In order and each once. numpy's own `unique` takes a hundred times as long for so many."""
    ordered = np.sort(numbers)
    fresh = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=fresh[1:])
    return ordered[fresh]


class Sorter:
    """Takes numbers in any order; `sources` are ascending streams of them, to be merged. The runs are in an
    unnamed file in `folder` (None: where temporary files go), which no crash leaves behind."""

    def __init__(self, folder: Path | None = None, *, run_numbers: int = RUN_NUMBERS) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (closed at the end of the block)
        self._run_numbers = run_numbers
        self._waiting: list[Numbers] = []
        self._waiting_count = 0
        self._runs: list[tuple[int, int]] = []  # offset and length in bytes
        self._end = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, numbers: Numbers) -> None:
        self._waiting.append(numbers)
        self._waiting_count += len(numbers)
        if self._waiting_count >= self._run_numbers:
            run = self._take()
            self._file.write(run.data)
            self._runs.append((self._end, run.nbytes))
            self._end += run.nbytes

    def sources(self) -> list[Iterator[Numbers]]:
        """Call it once, when all have been added."""
        self._file.flush()
        block = max(1, MERGED_NUMBERS // (len(self._runs) + 1)) * WIDTH
        streams = [self._read(start, size, block) for start, size in self._runs]
        return [*streams, iter([self._take()])]

    def _take(self) -> Numbers:
        run = distinct(np.concatenate([np.empty(0, np.uint64), *self._waiting]))
        self._waiting, self._waiting_count = [], 0
        return run

    def _read(self, start: int, size: int, block: int) -> Iterator[Numbers]:
        for at in range(start, start + size, block):
            data = os.pread(self._file.fileno(), min(block, start + size - at), at)
            yield np.frombuffer(data, np.uint64)


def merged(sources: Sequence[Iterable[Numbers]]) -> Iterator[Numbers]:
    """All numbers of ascending streams, ascending and each once."""
    streams = [_Stream(source) for source in sources]
    while streams := [stream for stream in streams if len(stream.block)]:
        bound = min(int(stream.block[-1]) for stream in streams)  # beyond it a stream may have more to come
        yield distinct(np.concatenate([stream.up_to(bound) for stream in streams]))


def without(numbers: Iterable[Numbers], removed: Iterable[Numbers]) -> Iterator[Numbers]:
    """The numbers of one ascending stream that are not in the other."""
    stream = _Stream(removed)
    for block in numbers:
        keep = np.ones(len(block), np.bool_)
        while len(block) and len(stream.block) and stream.block[0] <= block[-1]:
            gone = stream.up_to(int(block[-1]))
            place = np.minimum(np.searchsorted(gone, block), len(gone) - 1)
            keep &= gone[place] != block
        yield block[keep]


class _Stream:
    """The next block of a stream; empty at its end."""

    def __init__(self, source: Iterable[Numbers]) -> None:
        self._source = iter(source)
        self.block = np.empty(0, np.uint64)
        self._fill()

    def up_to(self, bound: int) -> Numbers:
        """Take those that are not greater, of this block."""
        cut = int(np.searchsorted(self.block, np.uint64(bound), side="right"))
        taken, self.block = self.block[:cut], self.block[cut:]
        self._fill()
        return taken

    def _fill(self) -> None:
        while not len(self.block):
            following = next(self._source, None)
            if following is None:
                return
            self.block = following
