"""From a file to a configuration that an engine can run live."""

from collections.abc import Sequence
from pathlib import Path

from engine.config import yaml
from engine.config.live import LIVE_KEYS, REQUIRED_KEYS, Configuration, LivePart
from engine.config.reading import Reading
from engine.config.segments import SegmentModel, check_segment_file
from engine.domain.segments import SegmentPolicy


def load_configuration(path: Path | str, *, years: Sequence[int] = ()) -> Configuration:
    """Read a live configuration. Raises InputError with every problem of the file.

    `years` are those whose public holidays campaigns with `holidays_of` observe: this one and the next.
    """
    file = Path(path)
    reading = Reading(yaml.read(file))
    if reading.has("simulation"):
        message = (
            "only the simulator reads this; a live configuration has none ('dialer run' simulates this file)"
        )
        reading.problem(message, "simulation", at_key=True)
    reading.check_keys([*LIVE_KEYS, "simulation"], REQUIRED_KEYS)
    live = LivePart(reading, file.parent)
    for holidays in live.public_holiday_paths if not years else ():
        reading.problem("the years are not known whose public holidays are meant", *holidays)
    reading.finish()
    return live.configuration(years)


def load_segments(path: Path | str, *, lists: Sequence[str]) -> dict[str, SegmentPolicy]:
    """Read a file that has `segments` only. `lists` are those that there are. Raises InputError with every
    problem of the file."""
    reading = Reading(yaml.read(Path(path)))
    reading.check_keys(["segments"], ["segments"])
    models = reading.sections(SegmentModel, "segments")
    check_segment_file(reading, lists)
    reading.finish()
    return {name: model.segment(name) for name, model in models.items()}
