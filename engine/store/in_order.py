"""One function over many chunks in several processes; results come in the order of the chunks.

Pipes and no threads: the caller writes to SQLite between two results, and sqlite3 gives the GIL away at each
row, so that any busy thread beside it doubles its time (a ProcessPoolExecutor has two).
"""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from multiprocessing.connection import Connection
from typing import Any, Final, TypeVar

from engine.errors import StoreError

INLINE_CHUNKS: Final = 10  # fewer take less time than starting the processes
WORKERS_MAX: Final = 2  # SQLite takes longer over a chunk than one worker; a core is left to the caller
STOP_S: Final = 5.0  # a worker that has no chunk ends at once; one at work ends after its chunk

Given = TypeVar("Given")
Made = TypeVar("Made")


def in_order(
    make: Callable[[Given], Made], chunks: Iterable[Given], *, workers: int | None
) -> Iterator[tuple[Given, Made]]:
    """Each chunk with what was made of it. `workers` 0: in this process; None: by the size of the work.

    `make` is pickled: a module's function, or a `functools.partial` of one. Raises StoreError if a worker
    dies, as when `make` raises in it.
    """
    chunks = iter(chunks)
    if workers is None:
        first = list(islice(chunks, INLINE_CHUNKS))
        cores = len(os.sched_getaffinity(0))
        workers = 0 if len(first) < INLINE_CHUNKS else min(cores - 1, WORKERS_MAX)
        chunks = chain(first, chunks)
    if workers == 0:
        for chunk in chunks:
            yield chunk, make(chunk)
        return
    with _workers(make, workers) as pipes:
        try:
            yield from _through(pipes, chunks)
        except (EOFError, ConnectionError) as error:
            raise StoreError("a worker process died; nothing was imported") from error


def _through(pipes: list["Connection[Any, Any]"], chunks: Iterator[Given]) -> Iterator[tuple[Given, Any]]:
    """At most one chunk is with each worker, so that no two ends ever wait to send to each other."""
    at_work: deque[tuple[Connection[Any, Any], Given]] = deque()
    for pipe, chunk in zip(pipes, chunks, strict=False):
        pipe.send(chunk)
        at_work.append((pipe, chunk))
    following = next(chunks, None)
    while at_work:
        pipe, chunk = at_work.popleft()
        made = pipe.recv()
        if following is not None:
            pipe.send(following)
            at_work.append((pipe, following))
        yield chunk, made
        if following is not None:
            following = next(chunks, None)


@contextmanager
def _workers(make: Callable[[Given], Made], count: int) -> Iterator[list["Connection[Any, Any]"]]:
    context = multiprocessing.get_context("spawn")
    pipes: list[Connection[Any, Any]] = []
    processes = []
    try:
        for _ in range(count):
            ours, theirs = context.Pipe()
            pipes.append(ours)
            process = context.Process(target=_work, args=(make, theirs), daemon=True)
            process.start()
            processes.append(process)
            theirs.close()  # or the end of the worker would not end the pipe
        yield pipes
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.join(STOP_S)
            process.kill()


def _work(make: Callable[[Any], Any], pipe: "Connection[Any, Any]") -> None:
    """Until the pipe ends, as it does when the parent dies. Ctrl-C is the parent's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while True:
            pipe.send(make(pipe.recv()))
    except (EOFError, ConnectionError):
        return
