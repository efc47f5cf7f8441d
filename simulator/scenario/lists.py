"""What a timeline does with campaigns as wholes and with lists: again, anew, on and off, and more leads."""

from typing import Annotated, Final, cast

from pydantic import Field, model_validator

from engine.config.fields import Name
from engine.config.models import LeadModel
from engine.config.reading import Reading
from engine.config.sections import optional, wrong
from engine.config.selection import Priority, Weight
from engine.names import listed
from simulator.plan import (
    CampaignChange,
    CampaignCommand,
    CampaignWord,
    ChangeWord,
    ListActivation,
    ListSharing,
    NewLeads,
)
from simulator.scenario.values import ByUser

COMMANDS: Final = ("start", "pause", "resume", "drain", "stop")
CHANGES: Final = ("recycle", "restart")


class CampaignSection(ByUser):
    """A command to a campaign."""

    start: Name = optional("Start this campaign.")
    pause: Name = optional("No new dials; live calls go on.")
    resume: Name = optional("Dial again.")
    drain: Name = optional("No new dials, and stopped once the last call has ended.")
    stop: Name = optional("Stop this campaign.")
    recycle: Name = optional("What waits in this campaign becomes due now.")
    restart: Name = optional("Every case of this campaign begins a new cycle, but those that forbid calling.")

    @model_validator(mode="after")
    def _is_one_command(self) -> "CampaignSection":
        given = [name for name in (*COMMANDS, *CHANGES) if name in self.model_fields_set]
        if len(given) != 1:
            has = listed(given, "and") if given else "nothing"
            raise wrong(f"has {has}; exactly one is wanted of {listed((*COMMANDS, *CHANGES), 'and')}")
        if given[0] in COMMANDS and "user" in self.model_fields_set:
            raise wrong(f"{given[0]} is not asked of anybody; 'as' is for {listed(CHANGES)}")
        return self

    def command(self) -> CampaignCommand | CampaignChange:
        (command,) = self.model_fields_set - {"user"}
        campaign = getattr(self, command)
        if command in CHANGES:
            return CampaignChange(campaign=campaign, command=cast(ChangeWord, command), user=self.user)
        return CampaignCommand(campaign=campaign, command=cast(CampaignWord, command))


class ListsSection(ByUser):
    """Somebody has a list dialed or not, or gives it another place in a campaign."""

    activate: Name = optional("This list is dialed again.")
    deactivate: Name = optional("This list is dialed no more.")
    share: Name = optional("This list gets another place among those of a campaign.")
    campaign: Name = optional("The campaign.")
    priority: Priority = optional("Its new leads go before those of lists with a lower one.")
    weight: Weight = optional("Its share of the new leads among lists of the same priority.")

    @model_validator(mode="after")
    def _does_one_thing(self) -> "ListsSection":
        given = self.model_fields_set
        if len(given & {"activate", "deactivate", "share"}) != 1:
            raise wrong("has to say one of activate, deactivate and share")
        place = given & {"campaign", "priority", "weight"}
        if "share" in given and ("campaign" not in place or len(place) == 1):
            raise wrong("share says in which campaign, and what: {share: hot, campaign: orders, priority: 2}")
        if "share" not in given and place:
            raise wrong(f"{listed(sorted(place), 'and')} belong to share")
        return self

    def action(self) -> ListActivation | ListSharing:
        given = self.model_fields_set
        if "share" in given:
            return ListSharing(
                list=self.share,
                campaign=self.campaign,
                priority=self.priority,
                weight=self.weight,
                user=self.user,
            )
        active = "activate" in given
        return ListActivation(
            list=self.activate if active else self.deactivate, active=active, user=self.user
        )


class NewLeadsSection(ByUser):
    """More leads come to a list, and to the campaigns that dial it."""

    on_list: Name = Field(description="The list.", examples=["customers"], alias="list")
    leads: Annotated[list[LeadModel], Field(min_length=1)] = Field(
        description="The leads, written out.", examples=['[{key: ann, phones: ["+442079460001"]}]']
    )

    def action(self) -> NewLeads:
        return NewLeads(list=self.on_list, leads=tuple(each.value() for each in self.leads), user=self.user)


def check_list_actions(reading: Reading, *path: str | int) -> None:
    """The lists and campaigns that an entry of the timeline names are defined."""
    for part in (("lists", "activate"), ("lists", "deactivate"), ("lists", "share"), ("new_leads", "list")):
        if name := reading.text(*path, *part):
            reading.known(name, reading.keys("lists"), "list", *path, *part)
    campaigns = [("lists", "campaign"), *(("campaign", command) for command in (*COMMANDS, *CHANGES))]
    for part in campaigns:
        if name := reading.text(*path, *part):
            reading.known(name, reading.keys("campaigns"), "campaign", *path, *part)


def imported(reading: Reading) -> list[tuple[str | None, tuple[str | int, ...]]]:
    """The list and the path of each lead that comes while the scenario runs."""
    found: list[tuple[str | None, tuple[str | int, ...]]] = []
    for index in range(len(reading.items("simulation", "timeline"))):
        path = ("simulation", "timeline", index, "new_leads")
        for number in range(len(reading.items(*path, "leads"))):
            found.append((reading.text(*path, "list"), (*path, "leads", number)))
    return found
