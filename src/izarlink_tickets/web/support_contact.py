"""The hotline and its hours, for the foot of every page."""

import re
from dataclasses import dataclass
from typing import Self

from izarlink_tickets.config import Settings


@dataclass(frozen=True, slots=True)
class SupportContact:
    """The hotline and its hours; None if not set."""

    phone: str | None
    hours: str | None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.support_phone, settings.support_hours)

    @property
    def phone_url(self) -> str:
        """The address that dials the number. Source: RFC 3966."""
        return "tel:" + re.sub(r"[^0-9+]", "", self.phone or "")
