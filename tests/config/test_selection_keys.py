"""Lists with their places, the order of new leads, phones and priorities, as a file says them."""

from typing import Final

import pytest

from engine.config.policies import policy_from_json, policy_json
from engine.domain.policy import CampaignPolicy
from engine.domain.selection import LeadOrder, ListShare, NewLeads, PhoneOrder, PhonePolicy
from engine.domain.time import MINUTE
from engine.domain.words import Outcome
from tests.config.problems import Case, configured, problems_of

LISTS: Final = """
lists:
  a: {leads: [{key: ann, phones: ["+442079460001"]}]}
  b: {leads: [{key: bob, phones: ["+442079460002"]}]}
"""


def campaign(keys: str) -> CampaignPolicy:
    text = f"{LISTS}campaigns:\n  orders:\n    mode: progressive\n    pool: sales\n"
    text += "    attempts: {max: 3, interval: 1h}\n" + "".join(f"    {key}\n" for key in keys.split("\n"))
    return configured(text).campaigns["orders"]


def test_lists_are_named_with_or_without_their_places() -> None:
    policy = campaign("lists: [a, {name: b, priority: 2, weight: 3}]\npriority: 7")
    assert policy.lists == ("a", "b")
    assert policy.shares == {"b": ListShare(priority=2, weight=3)}
    assert (policy.priority, policy.weight) == (7, 1)
    assert campaign("lists: [{name: a, weight: 2}]").shares == {"a": ListShare(weight=2)}


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("oldest-due", NewLeads()),
        ("newest-import", NewLeads(by=LeadOrder.NEWEST_IMPORT)),
        ("random", NewLeads(by=LeadOrder.RANDOM)),
        ("{random: 7}", NewLeads(by=LeadOrder.RANDOM, seed=7)),
        ("{field: score}", NewLeads(by=LeadOrder.FIELD, field="score")),
        (
            "{field: score, descending: true}",
            NewLeads(by=LeadOrder.FIELD, field="score", descending=True),
        ),
    ],
)
def test_new_leads_have_an_order(text: str, order: NewLeads) -> None:
    policy = campaign(f"lists: [a]\norder: {text}")
    assert policy.order == order
    assert policy_from_json(policy_json(policy)) == policy


def test_phones_are_dialed_in_turn_if_a_file_says_so() -> None:
    assert campaign("lists: [a]").phones == PhonePolicy()
    policy = campaign(
        "lists: [a]\nphones: {order: mobile-first, rest: 5m, attempts_each: 2, skip: [invalid, rejected]}"
    )
    assert policy.phones == PhonePolicy(
        order=PhoneOrder.MOBILE_FIRST,
        rest=5 * MINUTE,
        attempts_each=2,
        skip=(Outcome.INVALID, Outcome.REJECTED),
    )
    assert policy_from_json(policy_json(policy)) == policy


BEGIN: Final = "campaigns:\n  orders:\n    mode: progressive\n    pool: sales\n"
CASES: Final = [
    Case(
        "a list stands once and is defined, with or without its place",
        f"{BEGIN}    lists: [customers, {{name: customers, weight: 2}}, {{name: custmers}}, {{weight: 1}}]\n"
        "    attempts: {max: 3, interval: 1h}",
        [
            "5:31: campaigns.orders.lists[1].name: list 'customers' stands twice",
            "5:61: campaigns.orders.lists[2].name: list 'custmers' is not defined; did you mean 'customers'?",
            "5:72: campaigns.orders.lists[3].name: missing; say e.g. 'name: customers'",
        ],
    ),
    Case(
        "places are whole numbers within bounds",
        f"{BEGIN}    lists: [{{name: customers, weight: 0, priority: -1}}]\n    priority: 2000\n"
        "    attempts: {max: 3, interval: 1h}",
        [
            "5:39: campaigns.orders.lists[0].weight: is '0'; the least is 1",
            "5:52: campaigns.orders.lists[0].priority: is '-1'; the least is 0",
            "6:15: campaigns.orders.priority: is '2000'; the most is 1000",
        ],
    ),
    Case(
        "an order is one of the words, a field, or a seed",
        f"{BEGIN}    lists: [customers]\n    order: newest\n    attempts: {{max: 3, interval: 1h}}",
        [
            "6:12: campaigns.orders.order: is 'newest'; it can be oldest-due, newest-import, random or "
            "{field: score, descending: true}; did you mean 'newest-import'?"
        ],
    ),
    Case(
        "an order by lot has no direction, and an order has to say one",
        f"{BEGIN}    lists: [customers]\n    order: {{random: 1, descending: true}}\n"
        "    attempts: {max: 3, interval: 1h}\n"
        "  others: {mode: progressive, pool: sales, lists: [customers], order: {descending: true}, "
        "attempts: {max: 1, interval: 1h}}",
        [
            "6:12: campaigns.orders.order: is random; 'descending' is for an order by a field",
            "8:71: campaigns.others.order: says no order; it is {field: score, descending: true}, "
            "or {random: 7}",
        ],
    ),
    Case(
        "settings for several phones need an order of several",
        f"{BEGIN}    lists: [customers]\n    phones: {{rest: 5m}}\n    attempts: {{max: 3, interval: 1h}}\n"
        "  others: {mode: progressive, pool: sales, lists: [customers], attempts: {max: 1, interval: 1h}, "
        "phones: {order: first-only, rest: 5m}}",
        [
            "6:13: campaigns.orders.phones.order: missing; say e.g. 'order: in-order'",
            "8:106: campaigns.others.phones: dials the first number only; the other settings are for several",
        ],
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_every_breach_is_told_with_its_place_and_what_would_be_right(case: Case) -> None:
    assert problems_of(case.text) == case.problems
