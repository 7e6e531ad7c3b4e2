"""What goes in and out of one's own account."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from osler.records import Role, SignedIn, Token

Password = Annotated[str, Field(min_length=1, max_length=1024)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Strict(BaseModel):
    """A body in which unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class SignIn(Strict):
    """Name and password."""

    name: Name
    password: Password


class PasswordChange(Strict):
    """The password as it is, and as it shall be."""

    old: Password
    new: Password


class Proof(Strict):
    """The password, once more."""

    password: Password


class Session(BaseModel):
    """Who is signed in. Send ``csrf`` as X-CSRF-Token with every write."""

    user: str
    roles: list[Role]
    csrf: str
    proved_at: datetime = Field(description="When the password was last given.")
    must_change: bool = Field(description="The password has to be changed before anything else.")

    @classmethod
    def of(cls, signed_in: SignedIn) -> "Session":
        """Return a session as it is shown."""
        return cls(
            user=signed_in.actor.name,
            roles=sorted(signed_in.actor.roles),
            csrf=signed_in.csrf,
            proved_at=signed_in.proved_at,
            must_change=signed_in.must_change,
        )


class TokenOrder(Strict):
    """A token to make."""

    name: Name
    roles: Annotated[list[Role], Field(min_length=1, max_length=10)]
    days: Annotated[float, Field(gt=0, le=366)]


class TokenShown(BaseModel):
    """A token in lists."""

    token_id: str
    name: str
    roles: list[Role]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None

    @classmethod
    def of(cls, token: Token) -> "TokenShown":
        """Return a token as it is shown."""
        return cls(
            token_id=token.token_id,
            name=token.name,
            roles=sorted(token.roles),
            created_at=token.created_at,
            expires_at=token.expires_at,
            revoked_at=token.revoked_at,
        )


class TokenMade(TokenShown):
    """A new token, with its secret, which is shown this once."""

    secret: str
