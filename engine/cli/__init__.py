"""The command `dialer`. Commands say what they need and leave the work to others, imported when they run.

Exit codes: 0 all is well, 1 an expectation failed or a replay differs, 2 bad input and nothing was changed,
3 the engine broke, 130 interrupted.
"""

import os
import sys
from collections.abc import Sequence
from typing import Final

from cyclopts import App, CycloptsError

from engine import __version__
from engine.cli import (
    audit,
    callbacks,
    campaigns,
    consents,
    dnc,
    evidence,
    explaining,
    leads,
    lists,
    ownership,
    reports,
    rules,
    scenarios,
    segments,
    users,
)
from engine.cli.targets import check_targets
from engine.errors import DialerError, InputError

BAD_INPUT: Final = 2
INTERRUPTED: Final = 130

app = App(
    name="dialer",
    help="Outbound dialer engine: run scenarios in virtual time, work on the store, and explain every lead.",
    version=f"dialer-engine {__version__}",
    help_format="markdown",
)
app.command(scenarios.run)
app.command(scenarios.check)
app.command(scenarios.schema)
app.command(scenarios.replay)
app.command(explaining.explain)
app.command(leads.app)
app.command(lists.app)
app.command(campaigns.app)
app.command(callbacks.app)
app.command(ownership.app)
app.command(reports.app)
app.command(segments.app)
app.command(rules.app)
app.command(dnc.app)
app.command(consents.app)
app.command(evidence.app)
app.command(users.app)
app.command(audit.app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; answers the exit code."""
    try:
        command, given, _ = app.parse_args(
            list(sys.argv[1:] if arguments is None else arguments),
            exit_on_error=False,
            print_error=False,
        )
        check_targets(given.arguments)
        code = command(*given.args, **given.kwargs)
        return code if isinstance(code, int) else 0
    except CycloptsError as error:
        return _refuse([f"dialer: {error}"])
    except InputError as error:
        return _refuse(error.problems)
    except DialerError as error:
        return _refuse([str(error)])
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # nobody reads on: no complaint at exit
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED


def _refuse(problems: list[str]) -> int:
    for problem in problems:
        print(problem, file=sys.stderr)
    return BAD_INPUT
