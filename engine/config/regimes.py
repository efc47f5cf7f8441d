"""The rules in force, made ready for each campaign: anew when they change, and when the year turns."""

from typing import Final

from engine.compliance.profiles import Profile, combined, with_overrides
from engine.compliance.regime import Regime
from engine.compliance.rules import Means, RuleSet
from engine.config.rulebook import Operator, almanac, shipped_profiles, shipped_rules
from engine.domain.policy import Amd, CampaignPolicy, OnMachine
from engine.domain.time import Instant, moment
from engine.domain.words import DialMode

_MEANS: Final[dict[DialMode, Means]] = {
    DialMode.AGENT_FIRST: Means.AUTODIALED,
    DialMode.PREVIEW: Means.LIVE,
    DialMode.PROGRESSIVE: Means.AUTODIALED,
    DialMode.POWER: Means.AUTODIALED,
    DialMode.AGENTLESS: Means.PRERECORDED,
}
"""How each mode calls; every mode has a row. Where no person chooses whom to call, a machine does."""

_YEARS_BEFORE: Final = 1
_YEARS_AFTER: Final = 2  # the next allowed instant is looked for over more than a year


class Regimes:
    """`operator` has what the operator changed; that its looser overrides may be made was judged when they
    were put in force."""

    def __init__(self, operator: Operator | None = None) -> None:
        self._profiles: Final[dict[str, Profile]] = shipped_profiles()
        self._operator: Final = operator
        self.rules: Final[RuleSet] = _in_force(operator)
        self._made: dict[tuple[tuple[str, ...], tuple[Means, ...], int], Regime] = {}

    def knows(self, policy: CampaignPolicy) -> bool:
        """Whether there are all the profiles that it names: another version may have had others."""
        return policy.compliance is None or self._profiles.keys() >= set(policy.compliance.profiles)

    def of(self, policy: CampaignPolicy, now: Instant) -> Regime | None:
        """The regime of a campaign; None where it keeps no profile."""
        if policy.compliance is None:
            return None
        key = (policy.compliance.profiles, means_of(policy.mode, policy.amd), moment(now).year)
        regime = self._made.get(key)
        if regime is None:
            regime = self._made[key] = self._make(*key)
        return regime

    def _make(self, profiles: tuple[str, ...], means: tuple[Means, ...], year: int) -> Regime:
        profile = combined([self._profiles[name] for name in profiles])
        years = range(year - _YEARS_BEFORE, year + _YEARS_AFTER + 1)
        holidays = almanac(profile.rules(self.rules), years, self._operator)
        return Regime(rules=self.rules, profile=profile, almanac=holidays, means=means)


def means_of(mode: DialMode, amd: Amd) -> tuple[Means, ...]:
    """The ways in which such a campaign calls: who finds a machine hears a recording if one is left there."""
    means = {_MEANS[mode]}
    if amd.enabled and amd.on_machine is OnMachine.MESSAGE:
        means.add(Means.PRERECORDED)
    return tuple(sorted(means))


def _in_force(operator: Operator | None) -> RuleSet:
    if operator is None:
        return shipped_rules()
    return with_overrides(
        shipped_rules(),
        operator.overrides,
        added=operator.rules,
        may_loosen=frozenset(override.rule for override in operator.overrides),
    )
