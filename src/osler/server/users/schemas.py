"""A user as clients see them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from osler.records import Role, User

# What fits into an address without being read as anything else.
NAME = r"^[^\x00-\x20\x7f/\\%?#.;][^\x00-\x1f\x7f/\\%?#;]{0,99}$"
UserRole = Literal[
    "clinician", "reader", "integrator", "data scientist", "auditor", "administrator"
]
Roles = Annotated[list[UserRole], Field(max_length=10)]
FirstPassword = Annotated[str, Field(min_length=12, max_length=1024)]


class UserShown(BaseModel):
    """A person who may do what their roles allow; nothing, once disabled."""

    name: str
    roles: list[Role]
    disabled_at: datetime | None

    @classmethod
    def of(cls, user: User) -> "UserShown":
        """Return a user as they are shown."""
        return cls(name=user.name, roles=sorted(user.roles), disabled_at=user.disabled_at)


class UserOrder(BaseModel):
    """A user to add. The password is for the first time: it has to be changed at once."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=NAME)]
    roles: Roles
    password: FirstPassword | None = None


class RolesOrder(BaseModel):
    """The roles that a user is to have, and no others."""

    model_config = ConfigDict(extra="forbid")

    roles: Roles


class PasswordOrder(BaseModel):
    """A password for the first time: it has to be changed at once."""

    model_config = ConfigDict(extra="forbid")

    password: FirstPassword
