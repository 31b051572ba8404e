"""Which homeserver is read, as whom, and which of its rooms."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, field_validator


class MatrixOptions(BaseModel):
    """A homeserver, the account that reads there, and which of its rooms."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(pattern=r"^https?://[^\s?#]+$")
    """The homeserver's address, without /_matrix."""
    token: SecretStr
    """The account's access token, or better `$NAME` for the environment variable NAME."""
    rooms: tuple[str, ...] = ()
    """Ids or aliases of rooms; if there are none, every room that the account is in."""
    since: AwareDatetime | None = None
    """Leave out what was posted before."""

    @field_validator("rooms")
    @classmethod
    def _ids_or_aliases(cls, rooms: tuple[str, ...]) -> tuple[str, ...]:
        for room in rooms:
            if not room.startswith(("!", "#")):
                raise ValueError(f"'{room[:60]}' is neither an id (!…) nor an alias (#…:server)")
        return rooms
