"""Small worlds drawn by chance in which much is promised, moved, cancelled, and lost to crashes."""

from dataclasses import replace
from random import Random
from typing import Any

from engine.config.callbacks import with_keepers
from engine.domain.callbacks import Callback
from engine.domain.policy import CallbackPolicy
from engine.domain.time import DAY, MINUTE, SECOND
from engine.domain.words import DialMode
from simulator.plan import (
    Action,
    AgentBehaviour,
    CallbackCommand,
    Crash,
    Stay,
    StoreCommand,
    TimelineEntry,
    WithCallback,
)
from tests.simulator.small_worlds import BUSY, HUMAN, NO_ANSWER, START, Small, agent, campaign, world

WITH_AGENTS = (DialMode.AGENT_FIRST, DialMode.PREVIEW, DialMode.PROGRESSIVE, DialMode.POWER)


def drawn(seed: int) -> Small:
    """One world, always the same for a seed."""
    by_chance = _Drawing(Random(seed))
    small = by_chance.small()
    known = with_keepers(small.configuration.campaigns)
    return Small(replace(small.configuration, campaigns=known), replace(small.plan, seed=seed))


class _Drawing:
    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.names = ["ann", "bob", "cid"][: chance.randint(1, 3)]

    def small(self) -> Small:
        chance = self.chance
        mode = chance.choice(WITH_AGENTS)
        more: dict[str, Any] = {"ratio": chance.choice([1.0, 2.5])} if mode is DialMode.POWER else {}
        callbacks = CallbackPolicy(window=chance.choice([10 * MINUTE, DAY]))
        campaigns = [campaign(mode, callbacks=callbacks, **more)]
        if chance.random() < 0.4:
            campaigns.append(campaign(chance.choice(WITH_AGENTS[1:3]), "news"))
        if chance.random() < 0.3:
            keeps: dict[str, Any] = {"lists": (), "callbacks_from": ("orders",)}
            campaigns.append(campaign(chance.choice(WITH_AGENTS[1:]), "backs", **keeps))
        return world(
            campaigns,
            {
                lead: [chance.choice([HUMAN, HUMAN, NO_ANSWER, BUSY]) for _ in range(4)]
                for lead in range(1, chance.randint(3, 6))
            },
            {name: self.behaviour() for name in self.names},
            nailed_up=chance.random() < 0.5,
            timeline=self.timeline([each.name for each in campaigns]),
        )

    def behaviour(self) -> AgentBehaviour:
        chance = self.chance
        said = tuple(self.disposition() for _ in range(chance.randint(0, 6)))
        made = agent(disposition_script=said, answers=chance.choice([1.0, 0.7]))
        if chance.random() < 0.5:
            return made
        goes, comes = chance.randint(2, 40) * MINUTE, chance.randint(45, 90) * MINUTE
        return replace(made, shifts=(Stay(since=START, until=START + goes), Stay(since=START + comes)))

    def disposition(self) -> str | WithCallback | None:
        chance = self.chance
        if chance.random() < 0.4:
            return chance.choice([None, "ok"])
        mine = chance.random() < 0.6
        return WithCallback(
            code="later",
            after=chance.randint(1, 20) * MINUTE // 2,
            mine=mine,
            window=chance.choice([None, 5 * MINUTE, 30 * MINUTE]),
            anyone_after=chance.randint(0, 10) * MINUTE if mine and chance.random() < 0.5 else None,
        )

    def timeline(self, campaigns: list[str]) -> tuple[TimelineEntry, ...]:
        chance = self.chance
        actions: list[Action] = [
            Crash(down_for=chance.randint(1, 200) * SECOND) for _ in range(chance.randint(0, 2))
        ]
        for _ in range(chance.randint(0, 4)):
            actions.append(self.command(chance.choice(campaigns)))
        entries = [TimelineEntry(at=self.moment(), action=action) for action in actions]
        if chance.random() < 0.3:
            entries.append(TimelineEntry(at=self.moment(), action=StoreCommand(command="fail")))
            back = START + chance.randint(3001, 3300) * SECOND
            entries.append(TimelineEntry(at=back, action=StoreCommand(command="recover")))
        return tuple(sorted(entries, key=lambda entry: entry.at))

    def command(self, campaign: str) -> CallbackCommand:
        """Set, moved or cancelled; one that is not possible then is refused."""
        chance = self.chance
        lead, what = f"lead-{chance.randint(1, 4)}", chance.random()
        at = START + chance.randint(10, 6000) * SECOND
        if what < 0.5:
            callback = Callback(at=at, agent=chance.choice([None, *self.names]))
            return CallbackCommand(lead=lead, campaign=campaign, callback=callback)
        return CallbackCommand(lead=lead, campaign=campaign, at=at if what < 0.75 else None)

    def moment(self) -> int:
        return START + self.chance.randint(10, 3000) * SECOND
