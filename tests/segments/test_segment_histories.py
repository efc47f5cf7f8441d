"""Any history of moves, jobs, calls and switches leaves the cases as a small model of the rules has them."""

from typing import Any

from hypothesis import given, settings, strategies as st

from engine.domain.policy import Budget
from engine.domain.time import MINUTE
from engine.journal import events as e
from engine.segments.book import SegmentBook
from engine.segments.observation import ReentrySetting
from tests.segments.model import ATTEMPTS_MAX, INTERVAL, Model, ModelCase
from tests.segments.ward import HOT, WARM, Ward, dialing, ward
from tests.virtual import START

CAMPAIGNS = {"offers": ("hot", "warm"), "news": ("hot",)}
RANGES = {"hot": range(5, 10), "warm": range(3, 5)}
BUDGET = Budget(max=ATTEMPTS_MAX, interval=INTERVAL * MINUTE)

segments = st.sampled_from(sorted(RANGES))
leads = st.integers(1, 3)
steps = st.one_of(
    st.tuples(st.just("move"), leads, st.sampled_from((1, 4, 9))),
    st.tuples(st.just("job"), segments),
    st.tuples(st.just("switch"), segments, st.booleans()),
    st.tuples(st.just("claim"), st.sampled_from(sorted(CAMPAIGNS))),
    st.tuples(st.just("settle"), st.sampled_from(("no-answer", "no-answer", "served", "dnc"))),
)


@settings(max_examples=150)
@given(
    scores=st.lists(st.sampled_from((1, 4, 9)), min_size=3, max_size=3),
    history=st.lists(st.tuples(steps, st.integers(1, 12)), max_size=40),
    on=st.booleans(),
)
def test_any_history_leaves_the_cases_as_the_rules_have_them(
    scores: list[int], history: list[tuple[tuple[Any, ...], int]], on: bool
) -> None:
    policies = [dialing(*dialed, name=name, customer_attempts=BUDGET) for name, dialed in CAMPAIGNS.items()]
    with ward(scores, *policies, segments=(HOT, WARM), reset=on) as w:
        model = Model(scores, RANGES, CAMPAIGNS, {"hot": on, "warm": False})
        calls: dict[int, int] = {}
        for step, pause in history:
            w.minute += pause
            take(w, model, step)
            compare(w, model, str(step))
            for lead, made in w.sql.execute("SELECT id, calls FROM leads ORDER BY id").fetchall():
                assert made >= calls.get(lead, 0), "the global count only grows"
                calls[lead] = made
        book_says_the_same(w, on)


def take(w: Ward, model: Model, step: tuple[Any, ...]) -> None:
    match step:
        case ("move", lead, score):
            w.score(lead, score)
            model.leads[lead].score = score
        case ("job", segment):
            w.job(w.minute, segment)
            model.job(segment, w.minute)
        case ("switch", segment, on):
            w.switch(on=on, segment=segment)
            model.switch(segment, on=on)
        case ("claim", campaign):
            assert sorted(w.claim(name=campaign)) == model.claim(campaign, w.minute)
        case ("settle", result):
            for lead, campaign in w.settle(result):
                model.settle(lead, campaign, result, w.minute)


def compare(w: Ward, model: Model, after: str) -> None:
    found = {
        (lead, campaign): rest
        for lead, campaign, *rest in w.sql.execute(
            "SELECT lead_id, campaign, status, customer_attempts, cycle, calls, due_at, wanted_at, waits_for,"
            " reset_at FROM cases"
        )
    }
    expected = {
        (number, campaign): told(case)
        for number, lead in model.leads.items()
        for campaign, case in lead.cases.items()
    }
    assert found == expected, after


def told(case: ModelCase) -> list[Any]:
    due, wanted, noted = (
        None if minute is None else START + minute * MINUTE for minute in (case.due, case.wanted, case.noted)
    )
    held = None if wanted is None else "segment"
    return [case.status, case.attempts, case.cycle, case.calls, due, wanted, held, noted]


def book_says_the_same(w: Ward, on: bool) -> None:
    """Folding the lines gives the members that the store has."""
    book = SegmentBook()
    book.configure("hot", ReentrySetting(on=on, since=START if on else None))
    for event in w.lines:
        if isinstance(event, e.SegmentObserved):
            book.observe(event.segment, event.entered, event.left, at=w.now)
    for segment, lead, inside in w.sql.execute(
        "SELECT s.name, m.lead_id, m.inside FROM memberships m JOIN segments s ON s.id = m.segment_id"
    ):
        assert book.holds([segment], lead) == bool(inside)
