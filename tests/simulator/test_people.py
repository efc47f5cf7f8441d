"""The people behind the phones: the same for every policy, and as many of each kind as the plan says."""

from collections import Counter
from math import sqrt

import pytest
from hypothesis import given, strategies as st

from engine.domain.time import DAY, HOUR, MILLISECOND, SECOND, Instant
from engine.domain.words import Verdict
from simulator.people import CustomerCall, People, ScriptExhausted, chosen
from simulator.plan import (
    AmdModel,
    Exponential,
    Fixed,
    Lognormal,
    Network,
    Plan,
    Population,
    Reception,
    Response,
    Script,
)

START: Instant = 1_772_445_600 * SECOND  # 2026-03-02T10:00:00Z
ANN = "+442079460001"
DRAWS = 4_000

TOWN = Population(
    responses={
        Response.MACHINE: 0.25,
        Response.HUMAN: 0.35,
        Response.BUSY: 0.1,
        Response.INVALID: 0.05,
        Response.CONGESTION: 0.02,
        Response.REJECTED: 0.03,
    },
    rings={Response.HUMAN: Lognormal(mean=7 * SECOND, cv=0.5)},
    waits=Exponential(mean=20 * SECOND),
    hangs_up_early=0.1,
    digits={"1": 0.5, "2": 0.2},
    line_drops=0.08,
)
NETWORK = Network(
    amd=AmdModel(human_as_machine=0.05, human_as_unsure=0.1, machine_as_human=0.08, machine_as_unsure=0.12)
)


def people(
    *,
    population: Population | None = TOWN,
    scripts: dict[str, Script] | None = None,
    seed: int = 1,
    network: Network = NETWORK,
) -> People:
    plan = Plan(
        guards="a test",
        seed=seed,
        start=START,
        end=START + DAY,
        network=network,
        people={} if population is None else {"*": population},
        scripts=scripts or {},
    )
    return People(plan, lambda number: "town")


def number(n: int) -> str:
    return f"+44207{n:07}"


def population_of(world: People) -> list[CustomerCall]:
    return [world.reception(number(n), 1, START) for n in range(DRAWS)]


def assert_share(found: int, among: int, probability: float) -> None:
    """Within four standard deviations of the binomial: 1 in 16,000 by chance, and the seed is fixed."""
    slack = 4 * sqrt(among * probability * (1 - probability))
    assert abs(found - among * probability) <= slack


# --- populations --------------------------------------------------------------------------------


def test_responses_come_as_often_as_the_plan_says_and_the_rest_does_not_answer() -> None:
    found = Counter(call.response for call in population_of(people()))
    for response in Response:
        assert_share(found[response], DRAWS, TOWN.responses.get(response, 0.2))


def test_answered_people_behave_as_often_as_the_plan_says() -> None:
    calls = population_of(people())
    humans = [call for call in calls if call.response is Response.HUMAN]
    machines = [call for call in calls if call.response is Response.MACHINE]
    answered = humans + machines
    assert all(call.answered for call in answered)
    assert_share(sum(call.hangs_up_after is not None for call in humans), len(humans), 0.1)
    assert_share(sum(call.drops_after is not None for call in answered), len(answered), 0.08)
    for digits, probability in (("1", 0.5), ("2", 0.2), ("", 0.3)):
        assert_share(sum(call.digits == digits for call in humans), len(humans), probability)
    for verdict, human, machine in (
        (Verdict.HUMAN, 0.85, 0.08),
        (Verdict.MACHINE, 0.05, 0.8),
        (Verdict.UNSURE, 0.1, 0.12),
    ):
        assert_share(sum(call.verdict is verdict for call in humans), len(humans), human)
        assert_share(sum(call.verdict is verdict for call in machines), len(machines), machine)
    assert all(call.digits == "" and call.hangs_up_after is None for call in machines)


def test_nobody_who_does_not_answer_does_anything_else() -> None:
    for call in population_of(people()):
        if not call.answered:
            assert call == CustomerCall(response=call.response, rings=call.rings)
        assert (call.rings is None) == (call.response is Response.NO_ANSWER)


@given(
    asked=st.lists(
        st.tuples(st.integers(0, 5), st.integers(1, 4), st.integers(0, 30 * DAY)), min_size=2, max_size=12
    ),
    seed=st.integers(0, 3),
)
def test_what_a_dial_meets_depends_on_the_number_and_the_dial_and_not_on_time_or_order(
    asked: list[tuple[int, int, int]], seed: int
) -> None:
    one, other = people(seed=seed), people(seed=seed)
    forwards = {(n, k): one.reception(number(n), k, START + later) for n, k, later in asked}
    backwards = {(n, k): other.reception(number(n), k, START) for n, k, _ in reversed(asked)}
    assert forwards == backwards


def test_another_seed_another_number_and_another_dial_meet_somebody_else() -> None:
    calls = [
        [people(seed=seed).reception(number(n), k, START) for k in range(1, 20)]
        for seed, n in ((1, 1), (1, 2), (2, 1))
    ]
    assert calls[0] != calls[1]
    assert calls[0] != calls[2]
    assert len({call.rings for call in calls[0]}) > 5


def test_a_better_hour_adds_people_and_turns_nobody_away() -> None:
    by_hour = {18: {Response.HUMAN: 0.6, Response.MACHINE: 0.2}}
    world = people(population=Population(responses=TOWN.responses, by_hour=by_hour, zone="America/New_York"))
    at_noon = [world.reception(number(n), 1, START + 7 * HOUR) for n in range(500)]
    at_six = [world.reception(number(n), 1, START + 13 * HOUR) for n in range(500)]  # 18:00 in New York
    for noon, six in zip(at_noon, at_six, strict=True):
        if noon.response is Response.HUMAN:
            assert noon == six
    assert sum(call.response is Response.HUMAN for call in at_six) > 250


def test_each_list_has_its_own_people_and_others_have_those_of_the_star() -> None:
    def everyone(response: Response) -> Population:
        return Population(responses={response: 1.0})

    plan = Plan(
        guards="a test",
        seed=1,
        start=START,
        end=START + DAY,
        people={"east": everyone(Response.BUSY), "*": everyone(Response.INVALID)},
    )
    lists = {"+441": "east", "+442": "west"}
    world = People(plan, lists.get)
    assert world.reception("+441", 1, START).response is Response.BUSY
    assert world.reception("+442", 1, START).response is Response.INVALID
    assert world.reception("+443", 1, START).response is Response.INVALID


# --- scripts ------------------------------------------------------------------------------------

BUSY_THEN_HUMAN = (Reception(response=Response.BUSY), Reception(response=Response.HUMAN))


def test_a_script_is_followed_dial_by_dial() -> None:
    world = people(scripts={ANN: Script(receptions=BUSY_THEN_HUMAN)})
    assert [world.reception(ANN, k, START).response for k in (1, 2)] == [Response.BUSY, Response.HUMAN]


def test_a_dial_beyond_the_script_is_an_error_that_names_the_number_and_the_dial() -> None:
    world = people(scripts={ANN: Script(receptions=BUSY_THEN_HUMAN)})
    with pytest.raises(ScriptExhausted, match=r"^\+442079460001: dial 3 came, and its script has only 2"):
        world.reception(ANN, 3, START)


def test_a_script_may_repeat_its_last_entry() -> None:
    world = people(scripts={ANN: Script(receptions=BUSY_THEN_HUMAN, at_end="repeat")})
    assert [world.reception(ANN, k, START).response for k in (2, 3, 9)] == [Response.HUMAN] * 3


def test_a_script_may_go_on_to_the_population() -> None:
    script = Script(receptions=BUSY_THEN_HUMAN, at_end="population")
    assert people(scripts={ANN: script}).reception(ANN, 3, START) == people().reception(ANN, 3, START)


def test_what_a_script_leaves_open_is_drawn_from_the_population() -> None:
    script = Script(receptions=(Reception(response=Response.HUMAN, talks=5 * SECOND),), at_end="repeat")
    world = people(scripts={ANN: script})
    calls = [world.reception(ANN, k, START) for k in range(1, 30)]
    assert {call.talks for call in calls} == {5 * SECOND}
    assert len({call.rings for call in calls}) == len({call.waits for call in calls}) == 29


@pytest.mark.parametrize(
    ("response", "rings", "talks"),
    [
        (Response.HUMAN, 6 * SECOND, 60 * SECOND),
        (Response.MACHINE, 20 * SECOND, 60 * SECOND),
        (Response.NO_ANSWER, None, 0),
        (Response.BUSY, 1 * SECOND, 0),
        (Response.CONGESTION, 1 * SECOND, 0),
        (Response.INVALID, 1 * SECOND, 0),
        (Response.REJECTED, 1 * SECOND, 0),
    ],
)
def test_without_a_population_there_are_plain_defaults(
    response: Response, rings: int | None, talks: int
) -> None:
    script = Script(receptions=(Reception(response=response),))
    world = people(population=None, scripts={ANN: script}, network=Network())
    call = world.reception(ANN, 1, START)
    assert (call.response, call.rings, call.talks) == (response, rings, talks)
    assert (call.hangs_up_after, call.drops_after, call.digits) == (None, None, "")
    if call.answered:
        assert call.verdict == response.value
        assert call.verdict_after == 1_700 * MILLISECOND
        assert call.waits >= HOUR


def test_a_script_has_the_last_word_on_everything() -> None:
    entry = Reception(
        response=Response.HUMAN,
        rings=1,
        talks=2,
        waits=3,
        hangs_up_after=4,
        drops_after=5,
        digits="123",
        verdict=Verdict.MACHINE,
        verdict_after=0,
    )
    expected = CustomerCall(
        response=Response.HUMAN,
        rings=1,
        talks=2,
        waits=3,
        hangs_up_after=4,
        drops_after=5,
        digits="123",
        verdict=Verdict.MACHINE,
        verdict_after=0,
    )
    for population in (TOWN, None):
        world = people(population=population, scripts={ANN: Script(receptions=(entry,))})
        assert world.reception(ANN, 1, START) == expected


def test_a_network_may_give_up_on_a_phone_that_nobody_answers() -> None:
    script = Script(receptions=(Reception(response=Response.NO_ANSWER, rings=40 * SECOND),))
    assert people(scripts={ANN: script}).reception(ANN, 1, START).rings == 40 * SECOND
    deaf = Population(responses={}, rings={Response.NO_ANSWER: Fixed(value=9 * SECOND)})
    assert people(population=deaf).reception(ANN, 1, START).rings == 9 * SECOND


def test_a_number_with_neither_script_nor_population_is_a_person_who_answers() -> None:
    assert people(population=None).reception(ANN, 1, START).response is Response.HUMAN


def test_names_are_chosen_in_alphabetical_order_and_none_beyond_their_sum() -> None:
    shares = {"b": 0.25, "a": 0.5}
    assert [chosen(shares, u) for u in (0.0, 0.49, 0.5, 0.74, 0.75)] == ["a", "a", "b", "b", None]
