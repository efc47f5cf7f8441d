"""What re-entry means, told once more and otherwise: no times of switches, but exits that count or not."""

from dataclasses import dataclass, field

INTERVAL = 10  # minutes
ATTEMPTS_MAX = 2


@dataclass
class ModelCase:
    """`due` None: held (then `wanted`), live or closed. Minutes throughout."""

    due: int | None
    status: str = "NEW"
    attempts: int = 0
    cycle: int = 1
    calls: int = 0
    wanted: int | None = None
    live: bool = False
    noted: int | None = None

    def begin_anew(self, at: int) -> None:
        self.status, self.attempts, self.cycle = "NEW", 0, self.cycle + 1
        self.due, self.wanted, self.noted = at, None, None


@dataclass
class ModelLead:
    score: int
    dnc: bool = False
    inside: dict[str, bool] = field(default_factory=dict)  # by segment, once it was inside
    counts: set[str] = field(default_factory=set)  # segments whose exit counts
    cases: dict[str, ModelCase] = field(default_factory=dict)  # by campaign

    def outside(self, segments: tuple[str, ...]) -> bool:
        return not any(self.inside.get(segment) for segment in segments)


class Model:
    """`ranges` has the scores that each segment holds, and `campaigns` the segments that each dials."""

    def __init__(
        self,
        scores: list[int],
        ranges: dict[str, range],
        campaigns: dict[str, tuple[str, ...]],
        on: dict[str, bool],
    ) -> None:
        self.leads = {number: ModelLead(score) for number, score in enumerate(scores, start=1)}
        self._ranges, self._campaigns, self._on = ranges, campaigns, dict(on)

    def switch(self, segment: str, *, on: bool) -> None:
        if self._on[segment] and not on:
            for lead in self.leads.values():
                lead.counts.discard(segment)
        self._on[segment] = on

    def job(self, segment: str, now: int) -> None:
        for lead in self.leads.values():
            inside, before = lead.score in self._ranges[segment], lead.inside.get(segment)
            if inside == bool(before):
                continue
            lead.inside[segment] = inside
            for campaign, segments in self._campaigns.items():
                if segment in segments:
                    self._follow(lead, campaign, segments, segment, now)
            if inside:
                lead.counts.discard(segment)
            elif self._on[segment]:
                lead.counts.add(segment)

    def _follow(
        self, lead: ModelLead, campaign: str, segments: tuple[str, ...], segment: str, now: int
    ) -> None:
        case = lead.cases.get(campaign)
        if lead.inside[segment]:
            if case is None:
                if not lead.dnc:
                    lead.cases[campaign] = ModelCase(due=now)
            elif segment in lead.counts and case.status != "DNC":
                if case.live:
                    case.noted = now
                else:
                    case.begin_anew(now)
            elif case.wanted is not None:
                case.due, case.wanted = max(case.wanted, now), None
        elif case is not None and case.due is not None and lead.outside(segments):
            case.due, case.wanted = None, case.due

    def claim(self, campaign: str, now: int) -> list[int]:
        claimed = []
        for number, lead in self.leads.items():
            case = lead.cases.get(campaign)
            if case is None or case.due is None or case.due > now:
                continue
            if any(each.live for each in lead.cases.values()):
                continue
            case.live, case.due = True, None
            claimed.append(number)
        return claimed

    def settle(self, number: int, campaign: str, result: str, now: int) -> None:
        lead = self.leads[number]
        case = lead.cases[campaign]
        case.live, case.calls = False, case.calls + 1
        if result == "dnc":
            lead.dnc = True
            for each in lead.cases.values():
                each.status, each.due, each.wanted, each.noted = "DNC", None, None, None
            return
        if result == "served":
            case.status = "COMPLETED"
        else:
            case.attempts += 1
            case.status = "CUSTOMER_FAILED"
            if case.attempts < ATTEMPTS_MAX:
                case.status, case.due = "CUSTOMER_RESCHEDULED", now + INTERVAL
        if case.noted is not None:
            case.begin_anew(case.noted)
        if case.due is not None and lead.outside(self._campaigns[campaign]):
            case.due, case.wanted = None, case.due
