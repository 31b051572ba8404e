"""What people who reported something are told when it is done: "you said, we did"."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field, field_validator

PLACES = ("done", "link", "community")
_PLACE = re.compile(r"\{(\w*)\}")


class ReplyOptions(BaseModel):
    """In which words people are told that what they asked for is done."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    template: str = Field(
        "You told us, and we acted on it: this is {done}.\n\n{link}\n\n"
        "If you still see it, please say so here.",
        description="{done} is `fixed in 4.2.1` or `fixed`, {link} the release or issue, "
        "{community} your name",
    )

    @field_validator("template")
    @classmethod
    def _known(cls, template: str) -> str:
        strange = [place for place in _PLACE.findall(template) if place not in PLACES]
        if strange:
            known = ", ".join(f"{{{place}}}" for place in PLACES)
            raise ValueError(f"{{{strange[0]}}} stands for nothing; there is {known}")
        return template


def write(options: ReplyOptions, *, release: str | None, link: str, community: str) -> str:
    """Fill in the template. Nothing that a person of the community wrote is in it."""
    values = {
        "done": f"fixed in {release}" if release else "fixed",
        "link": link,
        "community": community,
    }
    return _PLACE.sub(lambda found: values[found[1]], options.template).strip() + "\n"
