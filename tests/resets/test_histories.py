"""Random histories of calls, previews, confirmations and undos, beside a small model of the rules.

The model knows leads, their cases and nothing of the store. After every confirmation both agree on who was
reset; what is matched is reset or excluded; a protected lead is reset only where compliance is overridden;
and calls never go back.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from hypothesis import given, settings, strategies as st

from engine.attempts.settlement import AttemptResult
from engine.domain.case import Case
from engine.domain.dispositions import Disposition
from engine.domain.policy import Budget, CampaignPolicy
from engine.domain.time import HOUR, MINUTE
from engine.domain.words import CaseStatus, DialMode, Ending, Outcome, Rank, Side
from engine.errors import InputError
from engine.resets.request import Callable, Properties, ResetRequest
from engine.store.closing import Closing
from engine.store.resets.preparing import ABANDONED_AFTER
from engine.store.resets.undoing import undo
from engine.store.settling import settle_case
from tests.resets.stand import NOW, Stand, request, stand

MAX: Final = 2
CODES: Final[dict[str, tuple[Ending, Outcome]]] = {
    "no-answer": (Ending.CUSTOMER_NOT_REACHED, Outcome.NO_ANSWER),
    "machine": (Ending.MACHINE, Outcome.ANSWERED),
    "abandoned": (Ending.ABANDONED, Outcome.ANSWERED),
    "sale": (Ending.CONNECTED, Outcome.ANSWERED),  # final
    "later": (Ending.CONNECTED, Outcome.ANSWERED),  # not final, and the case is completed all the same
    "never": (Ending.CONNECTED, Outcome.ANSWERED),  # forbids calling
}
CAMPAIGNS: Final = ("orders", "offers")


def policy(name: str) -> CampaignPolicy:
    codes = (
        Disposition(code="sale", final=True, success=True, human=True),
        Disposition(code="never", dnc=True, human=True),
    )
    return CampaignPolicy(
        name=name,
        mode=DialMode.PROGRESSIVE,
        lists=("people",),
        pool="sales",
        customer_attempts=Budget(max=MAX, interval=10 * MINUTE),
        dispositions={each.code: each for each in codes},
    )


# --- the model --------------------------------------------------------------------------------------


@dataclass
class ModelCase:
    open: bool = True
    final: bool = False
    spent: bool = False
    used: int = 0
    limit: int = MAX


@dataclass
class ModelLead:
    cases: dict[str, ModelCase] = field(default_factory=lambda: {name: ModelCase() for name in CAMPAIGNS})
    calls: int = 0
    machine: int | None = None
    dropped: int | None = None
    forbidden: bool = False

    def called(self, campaign: str, code: str, now: int) -> None:
        case, self.calls = self.cases[campaign], self.calls + 1
        if code == "machine":
            self.machine = now
        if code == "abandoned":
            self.dropped = now
        if code == "never":
            self.forbidden = True
            for each in self.cases.values():
                each.open, each.final = False, True
        elif code in ("sale", "later"):
            case.open, case.final, case.spent = False, True, case.used >= case.limit
        else:
            case.used += 1
            case.spent = case.used >= case.limit
            case.open = not case.spent

    def protected(self, now: int) -> bool:
        return (self.machine is not None and now < self.machine + 24 * HOUR) or (
            self.dropped is not None and now < self.dropped + 72 * HOUR
        )

    def wanted(self, asked: ResetRequest, now: int) -> bool:
        chosen = asked.properties
        opened = any(case.open for case in self.cases.values())
        return (
            not self.forbidden
            and (asked.settings.override_compliance or not self.protected(now))
            and (chosen.override_final or not any(case.final for case in self.cases.values()))
            and (chosen.override_max or not any(case.spent for case in self.cases.values()))
            and {"finalled": not opened, "active": opened, "everything": True}[chosen.callable]
        )

    def reset(self, *, zero: bool) -> None:
        for case in self.cases.values():
            if zero:
                case.used, case.limit = 0, MAX
            elif not case.open and case.used >= case.limit:
                case.limit = case.used + 1
            case.open, case.final, case.spent = True, False, False


# --- the store, driven as an engine drives it -------------------------------------------------------


class Floor:
    """The store and the model, side by side."""

    def __init__(self, at: Stand) -> None:
        self.at = at
        self.model: dict[int, ModelLead] = {}
        self.attempts = 0
        self.previewed: dict[int, tuple[ResetRequest, dict[int, int]]] = {}
        self.looked_at: dict[int, int] = {}  # older ones are swept away by the next
        at.sql.execute(
            "UPDATE campaigns SET policy = ?", ('{"lists": ["people"], "customer_attempts": {"max": 2}}',)
        )
        at.campaign("offers", "people")
        at.sql.execute("UPDATE campaigns SET policy = (SELECT policy FROM campaigns WHERE name = 'orders')")
        for _ in range(3):
            lead = at.lead(last_disposition=None)
            for campaign in CAMPAIGNS:
                at.case(lead, CaseStatus.NEW, of=campaign, due_at=NOW)
            self.model[lead] = ModelLead()

    def call(self, lead: int, campaign: str, code: str) -> None:
        if not self.model[lead].cases[campaign].open:
            return
        at, (ending, outcome) = self.at, CODES[code]
        columns = "id, phone_id, status, cycle, customer_attempts, customer_limit, rank"
        case, phone, status, cycle, used, limit, rank = at.sql.execute(
            f"SELECT {columns} FROM cases WHERE lead_id = ? AND campaign = ?", (lead, campaign)
        ).fetchone()
        self.attempts += 1
        at.live(case, self.attempts)
        at.sql.execute("UPDATE leads SET calls = calls + 1 WHERE id = ?", (lead,))
        closing: dict[str, Any] = {
            "attempt": self.attempts,
            "case": Case(
                id=case,
                campaign=campaign,
                lead=lead,
                phone=phone,
                status=CaseStatus(status),
                cycle=cycle,
                customer_attempts=used,
                customer_limit=limit,
                rank=Rank(rank),
            ),
            "list": 1,
            "result": AttemptResult(
                ending=ending,
                ended_at=at.now,
                outcome=outcome,
                last_intended=Side.CUSTOMER,
                disposition=code,
            ),
            "dialed": True,
            "person": outcome is Outcome.ANSWERED,
            "machine": code == "machine",
            "duration": 0,
            "answered_at": None,
            "asked": None,
        }
        at.do(lambda tx: settle_case(tx, policy(campaign), Closing(**closing)))
        self.model[lead].called(campaign, code, at.now)

    def look(self, asked: ResetRequest) -> None:
        found = self.at.preview(asked)
        expected = [lead for lead, one in self.model.items() if one.calls and one.wanted(asked, self.at.now)]
        assert found.leads.tolist() == expected
        reset = self.at.prepare(found)
        oldest = self.at.now - ABANDONED_AFTER
        self.previewed = {key: one for key, one in self.previewed.items() if self.looked_at[key] >= oldest}
        self.looked_at[reset] = self.at.now
        self.previewed[reset] = (asked, {lead: self.model[lead].calls for lead in expected})

    def confirm(self) -> None:
        if not self.previewed:
            return
        reset = max(self.previewed)
        asked, seen = self.previewed.pop(reset)
        came = self.at.carry_out(reset)
        taken = [
            lead
            for lead, calls in seen.items()
            if self.model[lead].calls == calls and self.model[lead].wanted(asked, self.at.now)
        ]
        assert came.matched == len(seen) == came.reset + sum(came.excluded.values())
        assert came.reset == len(taken)
        for lead in taken:
            assert asked.settings.override_compliance or not self.model[lead].protected(self.at.now)
            self.model[lead].reset(zero=asked.zero)

    def compare(self) -> None:
        for lead, one in self.model.items():
            assert self.at.sql.execute("SELECT calls FROM leads WHERE id = ?", (lead,)).fetchone() == (
                one.calls,
            )
            for campaign, case in one.cases.items():
                closed, final, exhausted, used, limit = self.at.sql.execute(
                    "SELECT due_at IS NULL, final, exhausted, customer_attempts, customer_limit "
                    "FROM cases WHERE lead_id = ? AND campaign = ?",
                    (lead, campaign),
                ).fetchone()
                assert (closed, used) == (not case.open, case.used), (lead, campaign)
                assert (final, bool(exhausted and not one.forbidden)) == (
                    case.final,
                    case.spent and not one.forbidden,
                )
                assert (MAX if limit is None else limit) == case.limit


STEPS = st.one_of(
    st.tuples(st.just("call"), st.integers(1, 3), st.sampled_from(CAMPAIGNS), st.sampled_from(sorted(CODES))),
    st.tuples(st.just("wait"), st.sampled_from([HOUR, 23 * HOUR, 24 * HOUR, 48 * HOUR])),
    st.tuples(
        st.just("look"),
        st.builds(
            lambda which, final, most, compliance, zero: request(
                properties=Properties(callable=which, override_final=final, override_max=most),
                zero=zero and most,
                override_compliance=compliance,
            ),
            st.sampled_from(Callable),
            st.booleans(),
            st.booleans(),
            st.booleans(),
            st.booleans(),
        ),
    ),
    st.just(("confirm",)),
)


@settings(max_examples=120)
@given(steps=st.lists(STEPS, min_size=4, max_size=25))
def test_histories_of_resets_agree_with_a_small_model(steps: list[tuple[Any, ...]]) -> None:
    with stand() as at:
        for code in ("later", "never"):
            at.disposition(code, "contacted")
        floor = Floor(at)
        for what, *given_ in steps:
            if what == "call":
                floor.call(*given_)
            elif what == "wait":
                at.now += given_[0]
            elif what == "look":
                floor.look(*given_)
            else:
                floor.confirm()
            floor.compare()


@settings(max_examples=60)
@given(steps=st.lists(STEPS, max_size=15), zero=st.booleans(), acted=st.none() | st.integers(1, 3))
def test_an_undo_restores_every_case_or_is_refused_once_one_was_dialed(
    steps: list[tuple[Any, ...]], zero: bool, acted: int | None
) -> None:
    with stand() as at:
        for code in ("later", "never"):
            at.disposition(code, "contacted")
        floor = Floor(at)
        for what, *given_ in steps:
            if what == "call":
                floor.call(*given_)
        before = at.sql.execute("SELECT * FROM cases ORDER BY id").fetchall()
        floor.look(request(zero=zero, override_compliance=True))
        taken = set(max(floor.previewed.items())[1][1])
        floor.confirm()
        if acted is not None:
            floor.call(acted, "orders", "no-answer")
        try:
            at.do(undo(1, user="sue"))
        except InputError:
            assert acted in taken, "a lead that was reset has open cases, so it was called"
            return
        assert acted not in taken
        if acted is None:
            assert at.sql.execute("SELECT * FROM cases ORDER BY id").fetchall() == before
