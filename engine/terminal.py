"""What a person sees: text on standard output, progress and errors on standard error."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from rich.console import Console

PIPE_WIDTH: Final = 110  # columns, where there is no terminal to ask
SHOWN_AFTER_S: Final = 1.0  # shorter work needs no progress bar
REFRESH_S: Final = 0.25  # a refresh costs some milliseconds


def console(*, error: bool = False) -> "Console":
    """Plain text at a fixed width where it does not go to a terminal."""
    from rich.console import Console

    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else PIPE_WIDTH
    return Console(file=stream, width=width, highlight=False, emoji=False, markup=False)


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    import json

    print(json.dumps(document, indent=2, ensure_ascii=False))


class Progress:
    """A bar on standard error, if that is a terminal and the work takes over a second. Starts no thread."""

    def __init__(self, title: str, *, shown: bool = True) -> None:
        self._title = title
        self._shown = shown and sys.stderr.isatty()
        self._began = self._drawn = time.monotonic()
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self._began

    def update(self, done: float, total: float, text: str = "") -> None:
        """Cheap enough to be called for every attempt."""
        if not self._shown:
            return
        now = time.monotonic()
        if now - self._drawn < (REFRESH_S if self._bar is not None else SHOWN_AFTER_S):
            return
        self._drawn = now
        if self._bar is None:
            self._start()
        self._bar.update(self._task, completed=done, total=total, text=text)
        self._bar.refresh()

    def _start(self) -> None:
        from rich.progress import (
            BarColumn,
            Progress as Bar,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[text]}"),
            TimeRemainingColumn(compact=True),
            console=console(error=True),
            auto_refresh=False,
            transient=True,
        )
        self._task = self._bar.add_task(self._title, text="")
        self._bar.start()
