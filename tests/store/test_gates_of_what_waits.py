"""Calls begun together, and calls that wait for a turn at the trunks: each counts once, when it is made."""

from engine.domain.compliance import CallerId, CallerIdPool
from engine.domain.time import MINUTE
from engine.store import changes
from engine.store.gates import Asked
from tests.compliance.dials import at
from tests.store.test_gates_at_the_claim import LONDON, Desk, agreed, desk, lead, sell

PARIS = "+33142000001"
TWO = CallerIdPool(numbers=(CallerId(number="+442079460998"), CallerId(number="+442079460999")), per_day=1)


def test_a_person_is_in_one_call_at_a_time_whatever_lead_it_is() -> None:
    phones = [PARIS[:-1] + str(last) for last in range(1, 7)]
    leads = [lead(f"lead-{phone}", phone, person="P-1") for phone in phones]
    with desk(sell("sell", "fr-sales"), leads=leads) as store:
        agreed(store, *phones)
        assert len(store.claim()) == 1
        assert store.claim() == []
        # an attempt that began with its agent finds the person in a call by the time of the dial
        store.sql.execute("UPDATE legs SET ended_at = ?", (store.now,))
        (second,) = store.claim(first=None, agents=("eve",))
        store.sql.execute("UPDATE legs SET ended_at = NULL")
        intent = changes.intend_customer_leg(
            second.attempt, store.policies["sell"], second.number, store.ids, store.gates
        )
        assert store.do(intent) == changes.Refusal(reason="the person is in another call")
        store.sql.execute("UPDATE legs SET ended_at = ?", (store.now,))
        assert isinstance(store.do(intent), changes.Intended)


def test_calls_begun_in_one_claim_for_two_persons_do_not() -> None:
    phones = [PARIS[:-1] + str(last) for last in range(1, 7)]
    leads = [lead(f"lead-{phone}", phone, person=phone) for phone in phones]
    with desk(sell("sell", "fr-sales"), leads=leads) as store:
        agreed(store, *phones)
        assert len(store.claim()) == 6


def waited(store: Desk) -> Asked:
    """What the gates say of a claimed call when its turn comes, a minute later."""
    (started,) = store.claim()
    assert started.leg is not None
    store.now += MINUTE
    again = changes.ask_again(started.attempt, started.leg, store.policies["sell"], store.gates)
    asked: Asked = store.do(again)
    assert isinstance(asked, Asked)
    return asked


def test_a_call_that_waited_shows_the_number_that_it_took_and_takes_no_other() -> None:
    with desk(sell(caller_ids=TWO)) as store:
        asked = waited(store)
        shown, calls = store.sql.execute("SELECT number, calls FROM caller_id_days").fetchone()
        assert (asked.caller_id, calls) == (shown, 1)


def test_a_call_that_took_the_last_number_of_the_day_is_still_made() -> None:
    with desk(sell(caller_ids=CallerIdPool(numbers=TWO.numbers[:1], per_day=1))) as store:
        assert waited(store).allowed


def test_a_call_that_waited_counts_from_when_it_is_made() -> None:
    with desk(leads=[lead("ann", LONDON)]) as store:
        waited(store)
        (intended_at,) = store.sql.execute("SELECT intended_at FROM legs").fetchone()
        assert intended_at == at("2026-11-23T10:01:00+00:00")
