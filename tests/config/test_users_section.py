"""The users of a file, and what can be wrong with them."""

import pytest

from engine.domain.rights import Right, Role, User
from engine.errors import InputError
from tests.config.problems import configured


def problems(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        configured(f"users:\n{text}")
    return [problem.partition(": users")[2] for problem in caught.value.problems]


def test_users_have_a_role_and_maybe_rights_besides() -> None:
    assert configured("").users == {}
    users = configured(
        "users:\n  sue: {role: supervisor}\n"
        "  cora: {role: compliance-officer, rights: [manage-lists, see-reports]}\n"
    ).users
    assert users == {
        "sue": User(name="sue", role=Role.SUPERVISOR),
        "cora": User(
            name="cora",
            role=Role.COMPLIANCE_OFFICER,
            more=frozenset({Right.MANAGE_LISTS, Right.SEE_REPORTS}),
        ),
    }


def test_what_is_wrong_with_users_is_told() -> None:
    assert problems("  sue: {}\n") == [".sue.role: missing; say e.g. 'role: supervisor'"]
    assert problems("  sue: {role: supervisr}\n") == [
        ".sue.role: is 'supervisr'; it can be agent, supervisor, compliance-officer or administrator; "
        "did you mean 'supervisor'?"
    ]
    (wrong,) = problems("  sue: {role: agent, rights: [see-audits]}\n")
    assert wrong.startswith(".sue.rights[0]: is 'see-audits'; it can be contact-list-ownership-control, ")
    assert wrong.endswith("; did you mean 'see-audit'?")
    (wrong,) = problems("  (scenario): {role: administrator}\n")
    assert "a name has letters" in wrong
