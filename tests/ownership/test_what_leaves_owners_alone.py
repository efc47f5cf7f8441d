"""What changes cases leaves the owner of their lead alone; and explanations name the owner at any instant."""

from pathlib import Path
from typing import Final

import pytest

from engine.cli import main
from engine.domain.time import DAY, HOUR, MINUTE, Instant
from engine.explain import Explanation, explain
from engine.store.campaign_changes import recycle, restart
from engine.store.connection import open_store
from engine.store.ownership import configure_ownership
from tests.ownership.shop import shop
from tests.virtual import START

# --- recycling, restarting --------------------------------------------------------------------------


@pytest.mark.parametrize("command", [recycle, restart])
@pytest.mark.parametrize("name", ["news", "offers"])
def test_recycling_and_restarting_a_campaign_leave_ownership_alone(command: object, name: str) -> None:
    with shop() as store:
        store.call("offers")
        store.begin("news")
        before = store.sql.execute("SELECT owner, owned_since, owned_until, owned_for FROM leads").fetchall()
        store.now += 10
        store.do(command(name, by="sue"))  # type: ignore[operator]
        after = store.sql.execute("SELECT owner, owned_since, owned_until, owned_for FROM leads").fetchall()
        assert after == before
        assert store.begin("news") == []
        assert store.case("news")["wakes_at"] == START + 3 * HOUR


def test_a_restarted_owner_keeps_its_leads_although_its_new_cycle_made_no_attempt_yet() -> None:
    with shop() as store:
        store.call("offers")
        store.now += MINUTE
        store.do(restart("offers", by="sue"))
        assert store.case("offers")["customer_attempts"] == 0
        assert store.begin("news") == []
        assert store.call("offers") == 1
        assert store.owner() == ("offers", START + 3 * HOUR)


def test_a_change_of_settings_owns_and_frees_nothing_by_itself() -> None:
    with shop(leads=2) as store:
        store.call("offers")
        for change in ({"enabled": False}, {"enabled": True}, {"duration": DAY}, {"near": 0}):
            store.do(configure_ownership("people", by="sue", **change))
            assert [store.owner(lead)[0] for lead in (1, 2)] == ["offers", None]


# --- explanations -----------------------------------------------------------------------------------

OWNED: Final = """\
lists:
  customers:
    ownership: {enabled: true, duration: 3h, near: 1h, update_every: 15m}
    leads: [{key: ann, phones: ["+442079460001"]}]
campaigns:
  news: {mode: agentless, lists: [customers], attempts: {max: 1, interval: 1h}, lines: 1}
  offers: {mode: agentless, lists: [customers], attempts: {max: 1, interval: 1h}, lines: 1}
simulation:
  guards: One lead, and the hands that it goes through.
  start: 2026-03-02T09:00:00Z
  end: 8h
  scripts:
    "+442079460001": {entries: [no-answer, {human: {rings: 5s}}], at_end: repeat}
  timeline:
    - {at: 1h, ownership: {set: {duration: none}, list: customers}}
    - {at: 4h, ownership: {set: {duration: 5h}, list: customers}}
    - {at: 5h, ownership: {release: all, list: customers}}
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explained")
    (folder / "owned.yaml").write_text(OWNED, encoding="utf-8")
    assert main(["run", str(folder / "owned.yaml"), "--db", str(folder / "run.db"), "--quiet"]) == 0
    return folder / "run.db"


def explained(store: Path, campaign: str, at: Instant | None) -> Explanation:
    sql = open_store(store)
    try:
        return explain(sql, "ann", campaign=campaign, at=at)
    finally:
        sql.close()


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (0.5, "campaign news owns the lead since 09:00:25 and until 12:00:25, for another 2h 30m 25s"),
        (2.0, "campaign news owns the lead since 09:00:25, with no expiration"),
        (3.99, "campaign news owns the lead since 09:00:25, with no expiration"),
        (4.9, "campaign news owns the lead since 09:00:25 and until 18:00:00, for another 4h 6m"),
    ],
)
def test_an_explanation_names_the_owner_and_the_expiry_as_they_were_then(
    store: Path, hours: float, text: str
) -> None:
    (part,) = explained(store, "offers", START + round(hours * HOUR)).parts
    gate = next(gate for gate in part.gates if gate.name == "ownership")
    assert gate.text == text
    assert gate.answer == ("block" if "no expiration" in text else "wait")
    assert gate.changes == "release what campaign news owns"


def test_the_owner_is_not_told_of_itself_nor_anybody_once_the_lead_is_free(store: Path) -> None:
    for campaign, hours in (("news", 0.5), ("offers", 0.001)):
        (part,) = explained(store, campaign, START + round(hours * HOUR)).parts
        assert "ownership" not in [gate.name for gate in part.gates]


def test_the_present_owner_is_the_one_of_the_store(store: Path) -> None:
    explanation = explained(store, "news", None)
    (part,) = explanation.parts
    assert part.around.owner is None, "the case is closed: nothing else is asked"
    sql = open_store(store)
    assert sql.execute("SELECT owner FROM leads").fetchone() == ("offers",)
    sql.execute("UPDATE attempts SET status = 'CUSTOMER_RESCHEDULED' WHERE campaign = 'news'")
    (part,) = explain(sql, "ann", campaign="news").parts
    sql.close()
    assert part.around.owner is not None
    assert part.around.owner.campaign == "offers"
