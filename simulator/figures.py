"""The figures of a run by name: what a `count` expectation may ask for, and what reports show."""

from collections.abc import Callable
from typing import Final, TypeAlias

from engine.domain.time import SECOND
from engine.domain.words import CaseStatus, ContactStatus, Ending
from engine.errors import InputError
from engine.names import did_you_mean
from simulator.report import UNREACHED, AgentReport, CampaignReport, RunReport, percent, ratio

OfCampaign: TypeAlias = Callable[[CampaignReport], float]
OfAgents: TypeAlias = Callable[[AgentReport], float]


def _ending(ending: Ending) -> OfCampaign:
    return lambda campaign: campaign.ended(ending)


def _case(status: CaseStatus) -> OfCampaign:
    return lambda campaign: campaign.cases.get(status, 0)


def _contact(status: ContactStatus) -> OfCampaign:
    return lambda campaign: campaign.life.contact.get(status, 0)


def _outcome(outcome: str) -> OfCampaign:
    return lambda campaign: campaign.outcomes.get(outcome, 0)


CAMPAIGN_FIGURES: Final[dict[str, tuple[str, OfCampaign]]] = {
    "leads": ("Leads of the campaign's lists.", lambda campaign: campaign.leads),
    "attempts": ("Attempts that were started.", lambda campaign: campaign.attempts),
    "calls": (
        "Customer legs dialed; one that a crash left in doubt counts.",
        lambda campaign: campaign.calls,
    ),
    "answered": ("Calls that were answered, by people or machines.", lambda campaign: campaign.answered),
    "answer_percent": ("Answered calls in a hundred calls.", lambda campaign: campaign.answer_percent),
    "live_answers": ("Answered calls not taken for a machine.", lambda campaign: campaign.live_answers),
    "machines": ("Answered calls taken for a machine.", lambda campaign: campaign.machines),
    "unsure": ("Answered calls that machine detection could not judge.", lambda campaign: campaign.unsure),
    "connected": ("Attempts in which agent and customer were joined.", lambda campaign: campaign.connected),
    "abandoned": ("Live answers for which no agent came in time.", lambda campaign: campaign.abandoned),
    "abandoned_percent": (
        "Abandoned in a hundred live answers.",
        lambda campaign: campaign.abandoned_percent,
    ),
    "hung_up": ("Customers who left while waiting for an agent.", _ending(Ending.HUNG_UP)),
    "served": ("Agentless: persons who heard the message.", _ending(Ending.SERVED)),
    "message_left": ("Messages left on machines.", _ending(Ending.MESSAGE_LEFT)),
    "agent_not_reached": ("Attempts whose agent was not reached.", _ending(Ending.AGENT_NOT_REACHED)),
    "agent_left": ("Attempts whose agent left while the customer's phone rang.", _ending(Ending.AGENT_LEFT)),
    "refused": ("Attempts refused by a gate or by our own trunks.", _ending(Ending.REFUSED)),
    "skipped": ("Previews that the agent declined.", _ending(Ending.SKIPPED)),
    **{
        outcome.replace("-", "_"): (f"Attempts whose customer leg ended in {outcome}.", _outcome(outcome))
        for outcome in UNREACHED
    },
    "new": ("Cases never tried, at the end.", _case(CaseStatus.NEW)),
    "agent_rescheduled": (
        "Cases waiting for another try after an agent attempt.",
        _case(CaseStatus.AGENT_RESCHEDULED),
    ),
    "customer_rescheduled": (
        "Cases waiting for another try after a customer attempt.",
        _case(CaseStatus.CUSTOMER_RESCHEDULED),
    ),
    "completed": ("Cases completed.", _case(CaseStatus.COMPLETED)),
    "agent_failed": ("Cases whose agent attempts are used up.", _case(CaseStatus.AGENT_FAILED)),
    "customer_failed": ("Cases whose customer attempts are used up.", _case(CaseStatus.CUSTOMER_FAILED)),
    "failed": (
        "Cases whose attempts of either side are used up.",
        lambda campaign: (
            _case(CaseStatus.AGENT_FAILED)(campaign) + _case(CaseStatus.CUSTOMER_FAILED)(campaign)
        ),
    ),
    "callback": ("Cases with a promised callback.", _case(CaseStatus.CALLBACK)),
    "dnc": ("Cases that must not be called any more.", _case(CaseStatus.DNC)),
    "open": ("Cases that can still be dialed.", lambda campaign: campaign.open),
    "held": ("Open cases that a gate holds, at the end.", lambda campaign: campaign.held),
    "blocked": (
        "Of these, those that never wake by themselves.",
        lambda campaign: campaign.blocked,
    ),
    "called": ("Leads called at least once.", lambda campaign: campaign.life.called),
    "called_percent": (
        "Leads called at least once, in a hundred.",
        lambda campaign: percent(campaign.life.called, campaign.life.leads),
    ),
    "reached": ("Leads of whom a person answered.", lambda campaign: campaign.life.reached),
    "reached_percent": (
        "Leads of whom a person answered, in a hundred.",
        lambda campaign: percent(campaign.life.reached, campaign.life.leads),
    ),
    "calls_per_lead": (
        "Calls for each lead called.",
        lambda campaign: ratio(campaign.calls, campaign.life.called),
    ),
    "most_calls": (
        "The most calls that any lead got in one campaign.",
        lambda campaign: max(campaign.life.by_calls, default=0),
    ),
    "failed_contacts": ("Calls that no person answered.", lambda campaign: campaign.life.failures),
    "not_called": ("Leads never called.", _contact(ContactStatus.NOT_CALLED)),
    "not_reached": (
        "Leads called, of whom nobody has answered, and which are no bad connection.",
        _contact(ContactStatus.NOT_REACHED),
    ),
    "bad_connection": (
        "Leads that were called often enough without a person answering.",
        _contact(ContactStatus.BAD_CONNECTION),
    ),
    "successful_contacts": ("The same as reached: successful.", _contact(ContactStatus.SUCCESSFUL)),
    "contact_final": (
        "1 if the contact statuses can change no more, 0 if they are provisional.",
        lambda campaign: int(campaign.life.final),
    ),
    "callbacks_kept": ("Attempts that kept a promised callback.", lambda campaign: campaign.life.callbacks),
    "callback_late_seconds": (
        "How late they began, on average.",
        lambda campaign: ratio(campaign.life.late, campaign.life.callbacks * SECOND),
    ),
    "most_callback_late_seconds": (
        "How late the latest began.",
        lambda campaign: campaign.life.most_late / SECOND,
    ),
    "owned": ("Leads that the campaign owns at the end.", lambda campaign: campaign.life.owned),
    "ring_seconds": (
        "From dial to answer, on average over answered calls.",
        lambda campaign: campaign.ring_seconds,
    ),
    "talk_seconds": ("From connection to end, on average.", lambda campaign: campaign.talk_seconds),
    "most_waited_seconds": (
        "The longest wait of a live answer until connected.",
        lambda campaign: campaign.most_waited / SECOND,
    ),
}

AGENT_FIGURES: Final[dict[str, tuple[str, OfAgents]]] = {
    "agent_calls": ("Calls that agents took.", lambda agents: agents.calls),
    "logged_in_seconds": ("Time logged in.", lambda agents: agents.logged_in / SECOND),
    "talking_seconds": ("Time talking.", lambda agents: agents.talking / SECOND),
    "wrap_up_seconds": ("Time in wrap-up.", lambda agents: agents.wrap_up / SECOND),
    "idle_seconds": ("Time ready and without a call.", lambda agents: agents.idle / SECOND),
    "waiting_seconds": (
        "Time reserved for a call, or with the own phone ringing.",
        lambda agents: agents.waiting / SECOND,
    ),
    "paused_seconds": ("Time paused.", lambda agents: agents.paused / SECOND),
    "utilisation_percent": (
        "Talk and wrap-up in the time logged in.",
        lambda agents: agents.utilisation_percent,
    ),
    "occupancy_percent": (
        "Talk and wrap-up in the time logged in and not paused.",
        lambda agents: agents.occupancy_percent,
    ),
    "idle_seconds_per_call": ("Idle time for each call taken.", lambda agents: agents.idle_seconds),
}

FIGURE_NAMES: Final = (*CAMPAIGN_FIGURES, *AGENT_FIGURES)


def figure(report: RunReport, name: str, campaign: str | None = None) -> float:
    """One number of a run, or of one campaign. Raises InputError for a name that does not exist, and for
    agents' figures of one campaign: agents work for a pool."""
    if name in CAMPAIGN_FIGURES:
        try:
            part = report.campaign(campaign)
        except KeyError:
            names = [str(each.name) for each in report.campaigns]
            raise InputError(
                [f"campaign {campaign!r} does not exist{did_you_mean(campaign, names)}"]
            ) from None
        return CAMPAIGN_FIGURES[name][1](part)
    if name not in AGENT_FIGURES:
        advice = did_you_mean(name, list(FIGURE_NAMES)) or f"; the figures are {', '.join(FIGURE_NAMES)}"
        raise InputError([f"figure {name!r} does not exist{advice}"])
    if campaign is not None:
        raise InputError([f"figure {name!r} is of the whole run, as agents are; leave out the campaign"])
    return AGENT_FIGURES[name][1](report.staff)
