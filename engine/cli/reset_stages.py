"""The four stages of a reset, on a terminal: settings, properties, result codes and statuses, summary.

One line is one choice: a number or a word ticks something, `next` and `back` go from stage to stage, and what
was chosen stays chosen. Nothing is changed before `reset` is confirmed, but templates, which are saved when
they are told to be.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from rich.console import Console
from rich.table import Table

from engine.cli.reset_shown import confirmed, results, summary
from engine.config.resets import ALL, ANY, choose, write_age, write_length
from engine.domain.rights import Right
from engine.errors import InputError
from engine.names import counted, did_you_mean, listed
from engine.resets.request import ResetRequest, Results, Stage, results_refusal, settings_refusal
from engine.store.command import Command
from engine.store.resets.matching import Tally, checked, preview, tally
from engine.store.resets.offered import OfferedList, offered_lists, statuses_of_codes, suppliers
from engine.store.resets.templates import (
    create_template,
    delete_template,
    save_template,
    template,
    templates,
)
from engine.store.resets.whole import rights_for
from engine.terminal import console

SUMMARY: Final = "summary"
STAGES: Final = (*map(str, Stage), SUMMARY)
TITLES: Final = ("Settings", "Properties", "Result codes and statuses", "Summary")
CHOICES: Final[dict[str, tuple[str, ...]]] = {
    Stage.SETTINGS: ("age", "override-compliance"),
    Stage.PROPERTIES: ("callable", "override-final", "override-max", "duration", "exceptions", "supplier"),
    Stage.RESULTS: (),
    SUMMARY: ("zero",),
}
HELP: Final[dict[str, str]] = {
    Stage.SETTINGS: "a list's number ticks it, or all, none; age all | 0-30 | 2026-01-01..2026-01-31; "
    "override-compliance yes | no",
    Stage.PROPERTIES: "callable finalled | active | everything; override-final, override-max yes | no; "
    "duration all | 0-20s | 1-5m; exceptions all | over | under; supplier any | NAME",
    Stage.RESULTS: "s1 ticks the first lead status, c1 the first result code; all, none",
    SUMMARY: "zero yes | no counts attempts from 0 again, if the maximum is overridden; reset",
}
_ALWAYS: Final = ("next", "back", "help", "quit")
_OF_TEMPLATES: Final = ("template", "create", "save", "delete", "exit")


def choices_of(request: ResetRequest) -> dict[str, dict[str, str]]:
    """The choices of each stage as they are said."""
    settings, properties, results = request.settings, request.properties, request.results
    return {
        Stage.SETTINGS: {
            "lists": ", ".join(settings.lists) or "none",
            "age": write_age(settings.age),
            "override-compliance": _yes(settings.override_compliance),
        },
        Stage.PROPERTIES: {
            "callable": properties.callable,
            "override-final": _yes(properties.override_final),
            "override-max": _yes(properties.override_max),
            "duration": write_length(properties.duration),
            "exceptions": properties.exceptions,
            "supplier": properties.supplier or ANY,
        },
        Stage.RESULTS: {
            "statuses": ", ".join(results.statuses) or "none",
            "codes": ", ".join(results.codes) or "none",
        },
    }


def _yes(value: object) -> str:
    return "yes" if value else "no"


def ask(desk: Command, request: ResetRequest, template_name: str | None) -> int:
    """Go through the stages with a person. Answers the exit code."""
    return Session(desk, request, template_name, console()).run()


class Session:
    """One person's way through the stages. `listen` answers a line; EOFError: there are no more."""

    def __init__(
        self,
        desk: Command,
        request: ResetRequest,
        template_name: str | None,
        screen: Console,
        listen: Callable[[str], str] | None = None,
    ) -> None:
        self._desk = desk
        self._request = request
        self._template = template_name
        self._before_template = ResetRequest() if template_name else request
        self._screen = screen
        self._listen = listen or screen.input
        self._stage = 0
        self._over = False
        self._lists: list[OfferedList] = []
        self._groups: dict[str, list[str]] = {}
        self._counted: tuple[object, Tally] | None = None

    def run(self) -> int:
        """Until a reset is done, or nobody wants one."""
        self._show()
        while not self._over:
            try:
                line = self._listen(f"{STAGES[self._stage]}> ").strip()
            except EOFError:
                raise InputError(
                    ["the input ended before a reset was confirmed, so nothing was reset; scripts say --yes"]
                ) from None
            if not line:
                continue
            try:
                self._obey(*line.partition(" ")[::2])
            except (InputError, ValueError) as error:
                self._say(str(error))
        return 0

    # --- what is said -----------------------------------------------------------------------------

    def _obey(self, word: str, rest: str) -> None:
        rest = rest.strip()
        stage = STAGES[self._stage]
        if word == "quit":
            self._over = True
            self._say("nothing was reset")
            return
        if word == "help":
            self._help()
            return
        if word == "next":
            self._next()
        elif word == "back":
            self._stage = max(0, self._stage - 1)
        elif word in CHOICES[stage]:
            self._choose(word, rest)
        elif word in _OF_TEMPLATES and stage != SUMMARY:
            self._with_template(word, rest)
        elif stage == SUMMARY and word == "reset":
            self._confirm()
            return
        elif not self._tick(stage, word):
            known = [*CHOICES[stage], *_ALWAYS, *_OF_TEMPLATES]
            raise InputError(
                [f"there is no choice {word!r}{did_you_mean(word, known) or '; help lists them'}"]
            )
        self._show()

    def _help(self) -> None:
        self._say(HELP[STAGES[self._stage]])
        if STAGES[self._stage] != SUMMARY:
            self._say("templates: template NAME selects one, create NAME, save, delete, exit")
        self._say(listed(_ALWAYS))

    def _choose(self, word: str, text: str) -> None:
        request = choose(self._request, word, text)
        if request.settings.override_compliance and not self._request.settings.override_compliance:
            self._desk.require(Right.OVERRIDE_COMPLIANCE)
        self._request = request

    def _tick(self, stage: str, word: str) -> bool:
        """Whether the word is something that can be ticked here."""
        if stage == Stage.SETTINGS:
            return self._tick_list(word)
        return stage == Stage.RESULTS and self._tick_result(word)

    def _tick_list(self, word: str) -> bool:
        names = [each.name for each in self._lists]
        chosen = self._request.settings.lists
        if word in (ALL, "none"):
            chosen = tuple(names) if word == ALL else ()
        elif word.isdecimal() and 1 <= int(word) <= len(names):
            chosen = _toggled(chosen, names[int(word) - 1], names)
        else:
            return False
        self._request = replace(self._request, settings=replace(self._request.settings, lists=chosen))
        return True

    def _tick_result(self, word: str) -> bool:
        ticked = self._request.results
        every = list(self._groups)
        if word in (ALL, "none"):
            statuses = tuple(every) if word == ALL else ()
            codes = tuple(code for status in statuses for code in self._groups[status])
        elif (status := _numbered(word, "s", every)) is not None:
            statuses = _toggled(ticked.statuses, status, every)
            shown = [code for status in statuses for code in self._groups[status]]
            codes = tuple(code for code in ticked.codes if code in shown)
        elif (code := _numbered(word, "c", self._codes)) is not None:
            statuses, codes = ticked.statuses, _toggled(ticked.codes, code, self._codes)
        else:
            return False
        self._request = replace(self._request, results=Results(statuses=statuses, codes=codes))
        return True

    @property
    def _codes(self) -> list[str]:
        """The result codes of the ticked statuses."""
        return [code for status in self._request.results.statuses for code in self._groups.get(status, ())]

    def _next(self) -> None:
        refusal = None
        if STAGES[self._stage] == Stage.SETTINGS:
            refusal = settings_refusal(self._request.settings)
        elif STAGES[self._stage] == Stage.RESULTS:
            refusal = results_refusal(self._request.results)
        elif STAGES[self._stage] == SUMMARY:
            refusal = "this is the last stage: say reset, back or quit"
        if refusal is not None:
            raise InputError([refusal])
        self._stage += 1

    # --- templates --------------------------------------------------------------------------------

    def _with_template(self, word: str, name: str) -> None:
        desk, stage = self._desk, Stage(STAGES[self._stage])
        if word == "template":
            selected = template(desk.sql, name)
            self._before_template = self._request
            self._request, self._template = selected.applied(self._request), name
            return
        if word == "create":
            desk.apply(create_template(name, self._request, stage, user=desk.user))
            self._template, self._before_template = name, self._request
            self._say(f"template {name} was created with this stage's choices; save saves another stage")
            return
        if self._template is None:
            raise InputError(["no template is selected; template NAME selects one, create NAME makes one"])
        if word == "save":
            desk.apply(save_template(self._template, self._request, stage, user=desk.user))
            self._say(f"this stage's choices were saved in template {self._template}")
        elif word == "delete":
            desk.apply(delete_template(self._template, user=desk.user))
            self._say(f"template {self._template} was deleted")
            self._template = None
        else:
            self._request, self._template = self._before_template, None

    # --- confirming -------------------------------------------------------------------------------

    def _confirm(self) -> None:
        self._desk.require(*rights_for(self._request))
        found = self._found
        if not found.matched:
            raise InputError(["no lead matches; go back and choose others"])
        zero = " and their attempts counted from 0" if self._request.zero else ""
        answer = self._listen(
            f"{counted(found.matched, 'lead')} will be reset{zero}. Are you sure? yes or no> "
        )
        if answer.strip() != "yes":
            self._say("nothing was reset")
            return
        for line in results(confirmed(self._desk, found)):
            self._say(line)
        self._over = True

    # --- what is shown ----------------------------------------------------------------------------

    def _say(self, text: str) -> None:
        self._screen.print(text, soft_wrap=True)

    def _show(self) -> None:
        stage = STAGES[self._stage]
        selected = "" if self._template is None else f"   template {self._template}"
        self._say(f"\n{self._stage + 1} of 4: {TITLES[self._stage]}{selected}")
        if stage == SUMMARY:
            self._show_summary()
            return
        for choice in CHOICES[stage]:
            self._say(f"  {choice}: {choices_of(self._request)[stage][choice]}")
        if stage == Stage.SETTINGS:
            self._show_settings()
        elif stage == Stage.PROPERTIES:
            known = suppliers(self._desk.sql, self._request.settings.lists)
            if known:
                self._say(f"  suppliers: {', '.join(known)}")
            self._say(f"matching so far: {counted(self._tally.matching_phones, 'phone number')}")
        else:
            self._show_results()

    def _show_settings(self) -> None:
        saved = [each.name for each in templates(self._desk.sql)]
        if saved:
            self._say(f"  templates: {', '.join(saved)}")
        settings = self._request.settings
        self._lists = offered_lists(self._desk.sql, settings.age, now=self._desk.now())
        names = [each.name for each in self._lists]
        if gone := [name for name in settings.lists if name not in names]:
            self._say(f"not offered, and so not selected: {', '.join(gone)}")
            kept = tuple(name for name in settings.lists if name in names)
            self._request = replace(self._request, settings=replace(settings, lists=kept))
        ticked = self._request.settings.lists
        for running, title in ((True, "Running lists"), (False, "Active lists")):
            rows = [(number, each) for number, each in enumerate(self._lists, 1) if each.running is running]
            if rows:
                table = _table(title)
                for number, each in rows:
                    table.add_row(str(number), _box(each.name in ticked), each.name, f"{each.records:,}")
                self._screen.print(table)

    def _show_results(self) -> None:
        tallied = self._tally
        self._groups = statuses_of_codes(self._desk.sql, {code for code in tallied.phones if code})
        results = self._request.results
        table = _table("Lead statuses")
        for number, (status, codes) in enumerate(self._groups.items(), 1):
            count = f"{tallied.phones_of(tuple(codes)):,}"
            table.add_row(f"s{number}", _box(status in results.statuses), status, count)
        self._screen.print(table)
        if self._codes:
            table = _table("Call results")
            for number, code in enumerate(self._codes, 1):
                table.add_row(f"c{number}", _box(code in results.codes), code, f"{tallied.phones[code]:,}")
            self._screen.print(table)
        self._say(f"matching: {counted(tallied.phones_of(results.codes), 'phone number')}")

    def _show_summary(self) -> None:
        self._found = preview(self._desk.sql, checked(self._desk.sql, self._request), now=self._desk.now())
        for line in summary(self._found):
            self._say(line)
        if self._request.properties.override_max:
            self._say(f"  zero: {_yes(self._request.zero)}")

    @property
    def _tally(self) -> Tally:
        """The counts for the present choices; counted once for each."""
        asked = (self._request.settings, self._request.properties)
        if self._counted is None or self._counted[0] != asked:
            self._counted = (asked, tally(self._desk.sql, self._request, now=self._desk.now()))
        return self._counted[1]


def _toggled(chosen: tuple[str, ...], name: str, order: list[str]) -> tuple[str, ...]:
    wanted = {*chosen} ^ {name}
    return tuple(each for each in order if each in wanted)


def _numbered(word: str, letter: str, names: list[str]) -> str | None:
    """`s2` is the second status."""
    number = word.removeprefix(letter)
    if word[:1] == letter and number.isdecimal() and 1 <= int(number) <= len(names):
        return names[int(number) - 1]
    return None


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, show_header=False, pad_edge=True)
    for justify in ("right", "left", "left", "right"):
        table.add_column(justify=justify)
    return table


def _box(ticked: bool) -> str:
    return "[x]" if ticked else "[ ]"
