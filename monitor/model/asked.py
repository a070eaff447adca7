"""What we asked of a host: the raw material of the politeness report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

AskedKind = Literal["feed", "article", "robots", "other"]
Came = Literal["answer", "error", "refused", "held"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, or one that was not made. Every hop of a redirect is a request of its own."""

    host: str  # with its port where that is not the usual one
    kind: AskedKind
    at: datetime
    came: (
        Came  # refused: robots.txt or the address forbids it; held: not now, because the host wants patience
    )
    status: int | None = None
    bytes: int = 0  # of the body as sent
