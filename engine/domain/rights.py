"""Who may do what: a role gives rights, and a user may be given more. Every role has its row."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Right(StrEnum):
    """What a person may do. Every command that changes anything, or shows what not all may see, needs one."""

    OWNERSHIP_CONTROL = "contact-list-ownership-control"  # see who owns records, and release them
    OVERRIDE_COMPLIANCE = "override-compliance"  # reset protected leads, and make rules looser
    MANAGE_COMPLIANCE = "manage-compliance"  # the operator's rules, do-not-call lists, consents
    RESET_LEADS = "reset-leads"
    MANAGE_CAMPAIGNS = "manage-campaigns"
    MANAGE_LISTS = "manage-lists"
    MANAGE_SEGMENTS = "manage-segments"
    MANAGE_CALLBACKS = "manage-callbacks"
    MANAGE_USERS = "manage-users"
    SEE_REPORTS = "see-reports"
    SEE_AUDIT = "see-audit"


SCENARIO: Final = "(scenario)"
"""Who acts in a simulation where the timeline names no user: may do anything. No user can have this name."""


class Role(StrEnum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    COMPLIANCE_OFFICER = "compliance-officer"
    ADMINISTRATOR = "administrator"


RIGHTS: Final[dict[Role, frozenset[Right]]] = {
    Role.AGENT: frozenset({Right.MANAGE_CALLBACKS}),
    Role.SUPERVISOR: frozenset(
        {
            Right.OWNERSHIP_CONTROL,
            Right.RESET_LEADS,
            Right.MANAGE_CAMPAIGNS,
            Right.MANAGE_LISTS,
            Right.MANAGE_SEGMENTS,
            Right.MANAGE_CALLBACKS,
            Right.MANAGE_COMPLIANCE,
            Right.SEE_REPORTS,
        }
    ),
    Role.COMPLIANCE_OFFICER: frozenset(
        {
            Right.OVERRIDE_COMPLIANCE,
            Right.MANAGE_COMPLIANCE,
            Right.RESET_LEADS,
            Right.SEE_REPORTS,
            Right.SEE_AUDIT,
        }
    ),
    Role.ADMINISTRATOR: frozenset(Right),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """`more` are rights besides those of the role."""

    name: str
    role: Role
    more: frozenset[Right] = frozenset()

    @property
    def rights(self) -> frozenset[Right]:
        return RIGHTS[self.role] | self.more
