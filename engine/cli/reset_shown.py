"""What a reset says of itself, before and after, and how it is carried out at a terminal."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.resets.eligibility import Obstacle
    from engine.store.command import Command
    from engine.store.resets.matching import Preview
    from engine.store.resets.whole import Pace, ResetOutcome


def pace() -> "Pace":
    """As fast as others on the store allow."""
    import time

    from engine.store.resets.whole import Pace

    return Pace(time.perf_counter, time.sleep)


def confirmed(desk: "Command", found: "Preview") -> "ResetOutcome":
    """Confirm a preview and carry it out, with a bar if it takes long."""
    from engine.store.resets.whole import reset_previewed
    from engine.terminal import Progress

    with Progress("resetting leads") as bar:
        return reset_previewed(
            desk, found, pace=pace(), progress=lambda done, total: bar.update(done, total, f"{done:,} leads")
        )


def show_preview(found: "Preview", *, as_json: bool) -> None:
    """The summary."""
    from engine.resets.eligibility import compliance_message
    from engine.resets.plain import plain_request
    from engine.terminal import print_json

    override = found.request.settings.override_compliance
    if as_json:
        print_json(
            {
                "matched": found.matched,
                "codes": dict(sorted(found.codes.items())),
                "kept_out": {kept_out_for(obstacle): count for obstacle, count in found.kept_out.items()},
                "compliance": compliance_message(override),
                "request": plain_request(found.request),
            }
        )
        return
    for line in summary(found):
        print(line)


def summary(found: "Preview") -> Iterator[str]:
    """What will be reset, and the message about compliance."""
    from engine.names import counted
    from engine.resets.eligibility import compliance_message

    zero = ", and their attempts counted from 0" if found.request.zero else ""
    yield f"{counted(found.matched, 'lead')} will be reset{zero}"
    width = max(map(len, found.codes), default=0)
    for code, count in sorted(found.codes.items(), key=lambda item: (-item[1], item[0])):
        yield f"  {code.ljust(width)}  {count:,}"
    for obstacle, count in sorted(found.kept_out.items()):
        yield f"not among them: {counted(count, 'lead')}, {kept_out_for(obstacle)}"
    yield compliance_message(found.request.settings.override_compliance)


def kept_out_for(obstacles: "Obstacle") -> str:
    """The obstacles in words."""
    from engine.resets.eligibility import OBSTACLE_NAMES

    return " and ".join(text for obstacle, text in OBSTACLE_NAMES.items() if obstacle in obstacles)


def show_outcome(came: "ResetOutcome", *, as_json: bool) -> None:
    """How many leads were reset and how many excluded, and why."""
    from engine.terminal import print_json

    if as_json:
        print_json(
            {"reset": came.reset_id, "matched": came.matched, "leads": came.reset, "excluded": came.excluded}
        )
        return
    for line in results(came):
        print(line)


def results(came: "ResetOutcome") -> Iterator[str]:
    """The results screen."""
    from engine.names import counted

    left_out = f"{came.matched - came.reset:,} excluded"
    yield f"reset {came.reset_id} is done: {counted(came.reset, 'lead')} reset, {left_out}"
    for reason, count in came.excluded.items():
        yield f"  {reason}: {count:,}"
    if came.reset:
        yield f"'dialer leads reset-undo {came.reset_id}' takes it back while nothing has acted on it"
