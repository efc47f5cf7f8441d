"""The table of roles and rights, and the page that shows it."""

import re
from pathlib import Path

from engine.domain.rights import RIGHTS, Right, Role, User

PAGE = Path(__file__).parent.parent.parent / "docs" / "how-to" / "users-and-rights.md"


def test_the_documented_table_is_the_one_that_holds() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text("utf-8").splitlines()
        if line.startswith("|") and not line.startswith("|---")
    ]
    roles = [Role(name) for name in rows[0][2:]]
    assert roles == list(Role)
    told = {Right(re.sub("`", "", row[0])): row[2:] for row in rows[1:]}
    assert list(told) == list(Right)
    for right, cells in told.items():
        for role, cell in zip(roles, cells, strict=True):
            assert (cell == "yes") == (right in RIGHTS[role]), f"{role}: {right}"


def test_a_user_has_the_rights_of_the_role_and_those_given_besides() -> None:
    eve = User(name="eve", role=Role.AGENT, more=frozenset({Right.SEE_REPORTS}))
    assert eve.rights == RIGHTS[Role.AGENT] | {Right.SEE_REPORTS}
