"""Progress is for people who wait at a terminal, and nobody else."""

import io
import sys

import pytest

from engine.terminal import Progress, console


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds, to be moved by hand."""
    now = [0.0]
    monkeypatch.setattr("engine.terminal.time.monotonic", lambda: now[0])
    return now


def test_a_bar_appears_after_a_second_and_goes_when_the_work_is_done(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with Progress("working") as bar:
        clock[0] = 0.9
        bar.update(1, 10)
        assert stream.getvalue() == ""
        clock[0] = 1.5
        bar.update(5, 10, "half")
        assert "half" in stream.getvalue()
        shown = len(stream.getvalue())
        clock[0] = 1.6
        bar.update(6, 10)
        assert len(stream.getvalue()) == shown, "four times a second is enough"
        clock[0] = 2.0
        bar.update(7, 10)
        assert len(stream.getvalue()) > shown
        assert bar.elapsed_s == 2.0


def test_a_pipe_gets_no_bar(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("working") as bar:
        clock[0] = 5.0
        bar.update(5, 10)
    assert capsys.readouterr().err == ""


def test_text_in_brackets_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    console().print("[bold]x[/bold] :smile:")
    assert capsys.readouterr().out == "[bold]x[/bold] :smile:\n"
