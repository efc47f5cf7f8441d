"""A world drawn by chance comes under rules: some that are shipped, an operator's own with short times, and
people who change their minds about being called.
"""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any, Final

from engine.config import Configuration
from engine.domain.compliance import AmdTestRecord, CallerId, CallerIdPool, CompliancePolicy
from engine.domain.lists import InlineLead, LeadList
from engine.domain.policy import CampaignPolicy
from engine.domain.registries import GivenRegistry
from engine.domain.time import DAY, MINUTE, SECOND, Instant, Micros, moment
from engine.domain.wishes import ConsentGiven, DoNotCall, RelationshipTold, Revocation, Whom, Wishes
from engine.domain.words import DialMode
from simulator.plan import (
    Action,
    DncAdd,
    DncRemove,
    LeadChange,
    Plan,
    RegistryImport,
    RulesApply,
    Telling,
    TimelineEntry,
)

OURS: Final = ("+442079460990", "+442079460991")
PERSONS: Final = ("P-1", "P-2")


def under_rules(configuration: Configuration, plan: Plan, random: Random) -> tuple[Configuration, Plan]:
    """The same world, and besides what compliance asks of it."""
    return _Drawing(configuration, plan, random).world()


class _Drawing:
    def __init__(self, configuration: Configuration, plan: Plan, random: Random) -> None:
        self.configuration = configuration
        self.plan = plan
        self.random = random
        leads = [lead for each in configuration.lists.values() for lead in each.leads]
        self.numbers = sorted({number for lead in leads for number in lead.phones})

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def world(self) -> tuple[Configuration, Plan]:
        configuration = replace(
            self.configuration,
            lists={name: self.known(each) for name, each in self.configuration.lists.items()},
            campaigns={name: self.governed(each) for name, each in self.configuration.campaigns.items()},
            registries={"tps": self.registry(self.plan.start - 28 * DAY + self.moment(10))},
            wishes=Wishes(
                dnc=tuple(DoNotCall(whom=self.whom()) for _ in range(self.random.choice((0, 0, 0, 1)))),
                consents=tuple(self.consent() for _ in range(self.random.choice((0, 1, 2)))),
            ),
        )
        entries = [*self.plan.timeline, *(self.entry() for _ in range(self.random.randint(1, 8)))]
        if self.chance(0.8):
            entries.append(TimelineEntry(at=self.plan.start + SECOND, action=self.rules()))
        timeline = tuple(sorted(entries, key=lambda entry: entry.at))
        return configuration, replace(self.plan, timeline=timeline)

    # --- what the engine is told ------------------------------------------------------------------

    def known(self, leads: LeadList) -> LeadList:
        return replace(leads, leads=tuple(self.lead(lead) for lead in leads.leads))

    def lead(self, lead: InlineLead) -> InlineLead:
        more = {}
        for name, probability, values in (
            ("person", 0.4, PERSONS),
            ("party", 0.1, ("business",)),
            ("zone", 0.05, ("Europe/Paris", "America/New_York", "nowhere")),
            ("origin", 0.03, ("generated",)),
            ("debt", 0.3, ("D-1", "D-2")),
        ):
            if self.chance(probability):
                more[name] = self.random.choice(values)
        return replace(lead, attributes={**lead.attributes, **more})

    def governed(self, policy: CampaignPolicy) -> CampaignPolicy:
        if self.chance(0.2):
            return policy
        compliance = CompliancePolicy(
            profiles=(self.profile(policy),),
            seller=self.seller(),
            subject=self.random.choice((None, "solar", "news")),
            call_centre=self.random.choice(("leeds", "york")),
            caller_ids=self.pool() if self.chance(0.4) else None,
            amd_test=AmdTestRecord(tested_at=self.plan.start - DAY, sample=500, false_positives=1)
            if self.chance(0.8)
            else None,
        )
        return replace(
            policy,
            compliance=compliance,
            caller_id=None if self.chance(0.03) else self.random.choice(OURS),
            customer_ring=14 * SECOND if self.chance(0.03) else self.random.choice((15, 20, 25)) * SECOND,
            abandon_after=3 * SECOND if self.chance(0.03) else self.random.choice((1, 2)) * SECOND,
        )

    def profile(self, policy: CampaignPolicy) -> str:
        """Recordings that sell need a consent, and few have given one."""
        sells = self.chance(0.1 if policy.mode is DialMode.AGENTLESS else 0.6)
        return "uk-sales" if sells else "uk-collections"

    def pool(self) -> CallerIdPool:
        return CallerIdPool(
            numbers=tuple(CallerId(number=number) for number in OURS),
            per_day=self.random.choice((1, 3, 50)),
            local_presence=self.chance(0.5),
        )

    def registry(self, version_at: Instant) -> GivenRegistry:
        listed = self.random.sample(self.numbers, self.random.choice((0, 0, 1)))
        return GivenRegistry(name="tps", version_at=version_at, numbers=tuple(listed))

    def whom(self) -> Whom:
        if self.chance(0.3):
            return Whom(person=self.random.choice(PERSONS))
        return Whom(number=self.random.choice(self.numbers))

    def seller(self) -> str | None:
        return self.random.choice((None, "volta", "lumen"))

    def consent(self) -> ConsentGiven:
        expires = self.plan.start + self.moment(90) if self.chance(0.5) else None
        return ConsentGiven(whom=self.whom(), level="express", expires=expires, seller=self.seller())

    # --- what happens -----------------------------------------------------------------------------

    def entry(self) -> TimelineEntry:
        return TimelineEntry(
            at=self.plan.start + self.moment(self.random.choice((2, 10, 59))), action=self.deed()
        )

    def deed(self) -> Action:
        lists = [(name, lead.key) for name, each in self.configuration.lists.items() for lead in each.leads]
        on_list, key = self.random.choice(lists)
        deeds: tuple[Action, ...] = (
            DncAdd(entry=DoNotCall(whom=self.whom(), campaign=self.campaign())),
            DncRemove(whom=self.whom()),
            Telling(agreement=self.consent()),
            Telling(agreement=Revocation(whom=self.whom(), seller=self.seller())),
            Telling(
                agreement=RelationshipTold(whom=self.whom(), customer=self.chance(0.5), seller=self.seller())
            ),
            RegistryImport(registry=self.registry(self.plan.start - self.moment(59))),
            LeadChange(key=key, attributes={"person": self.random.choice((*PERSONS, ""))}, list=on_list),
            self.rules(),
        )
        return self.random.choice(deeds)

    def campaign(self) -> str | None:
        return self.random.choice((None, *sorted(self.configuration.campaigns)))

    def rules(self) -> RulesApply:
        """The shipped rules alone, or some of the operator's own."""
        own = [each for each in (self.hours(), self.cap(), self.rest(), self.cooldown()) if self.chance(0.6)]
        text = "".join(["reviewed: 2026-03-01\nrules:\n", *own]) if own else ""
        if self.chance(0.2):
            starts, ends = sorted((self.moment(60), self.moment(60) + MINUTE))
            span = f"starts: {self.iso(starts)}, ends: {self.iso(ends)}"
            text += f"emergencies:\n  - {{jurisdiction: GB, {span}}}\n"
        return RulesApply(text=text, name="by chance")

    def iso(self, since_start: Micros) -> str:
        at = moment(self.plan.start) + timedelta(microseconds=since_start)
        return f'"{at:%Y-%m-%dT%H:%M:%SZ}"'

    def rule(self, name: str, kind: str, **terms: Any) -> str:
        lines = "".join(f"    {key}: {value}\n" for key, value in terms.items())
        return f"  HOUSE-{name}:\n    kind: {kind}\n    summary: By chance.\n{lines}"

    def hours(self) -> str:
        minute = self.random.choice((2, 5, 20))
        closed = f'["06:00-09:{minute:02}", "09:{minute + 3:02}-21:00"]'
        return self.rule("HOURS", "hours", week=f"{{mon-sun: {closed}}}")

    def cap(self) -> str:
        keys = (
            "[number]",
            "[person]",
            "[person, subject]",
            "[number, seller]",
            "[person, campaign]",
            "[person, debt]",
        )
        per, calls = self.random.choice(keys), self.random.randint(1, 3)
        reach = self.random.choice(({}, {"reach": "rang"}, {"reach": "answered"}))
        if self.chance(0.3):
            return self.rule("DAY", "cap", calls=calls, days=1, per=per, **reach)
        within = self.random.choice(("20s", "2m", "10m", "1h"))
        return self.rule("CAP", "cap", calls=calls, within=within, per=per, **reach)

    def rest(self) -> str:
        flags = {flag: "true" for flag in ("unless_reserved", "then_reserved") if self.chance(0.4)}
        after = self.random.choice(("machine", "abandoned", "conversation"))
        return self.rule("REST", "lockout", after=after, rest=self.random.choice(("1m", "10m")), **flags)

    def cooldown(self) -> str:
        after = self.random.choice(("conversation", "machine"))
        rest = self.random.choice(("30s", "5m"))
        return self.rule("COOL", "cooldown", after=after, rest=rest, per="[person]")

    def moment(self, minutes: int) -> Micros:
        return self.random.randrange(SECOND, minutes * MINUTE, 1000)
