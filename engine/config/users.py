"""Users in a file: who may give commands, and which."""

from typing import Annotated

from pydantic import Field

from engine.config.sections import Section, optional
from engine.domain.rights import Right, Role, User

RIGHTS_MAX = len(Right)


class UserModel(Section):
    """A user. What each role may do is in the guide to users and rights."""

    role: Role = Field(description="What the user is.", examples=["supervisor"])
    rights: Annotated[list[Right], Field(max_length=RIGHTS_MAX)] = optional("Rights besides the role's.")

    def user(self, name: str) -> User:
        return User(name=name, role=self.role, more=frozenset(self.rights or ()))
