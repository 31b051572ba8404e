"""Who of a community is staff, and who must not be named as a helper."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from insights.text.pseudonyms import pseudonym

Account = Annotated[str, StringConstraints(pattern=r"^[^:\s]+:.+$")]


class PulseOptions(BaseModel):
    """Who of a community is staff, and who must not be named as a helper."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    staff: tuple[Account, ...] = Field(
        (), description="accounts of the team, as source:account, that sources do not mark as such"
    )
    unnamed: tuple[Account, ...] = Field(
        (), description="accounts, as source:account, that no list of helpers may show"
    )

    def roles(self, key: bytes) -> Roles:
        """Return both as pseudonyms."""
        return Roles(staff=_hashed(self.staff, key), unnamed=_hashed(self.unnamed, key))


class Roles(BaseModel):
    """Pseudonyms of accounts that are of the team, and of those that no list may show."""

    model_config = ConfigDict(frozen=True)

    staff: frozenset[str] = frozenset()
    unnamed: frozenset[str] = frozenset()


def _hashed(accounts: tuple[str, ...], key: bytes) -> frozenset[str]:
    pairs = (account.split(":", 1) for account in accounts)
    return frozenset(pseudonym(name, source, key) for source, name in pairs)
