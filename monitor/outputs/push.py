"""Messages through Apprise, an extra: ntfy, Telegram, Matrix and many more, each by an address of its own.

Apprise opens its own connections, to the place that its configured address names; what it says of a
failure is not kept, because it can hold that address.
"""

from __future__ import annotations

import asyncio
import logging

from monitor.model import Delivery, Message

PATIENCE = 30.0  # seconds
MISSING = "Apprise is not installed: pip install 'wirewatch-monitor[notify]'"


async def send(message: Message, *, to: str) -> Delivery:
    """Notify once, in a thread: loading some hundred services takes its time."""
    try:
        return await asyncio.to_thread(notify, message, to)
    except ImportError:
        return Delivery(ok=False, because=MISSING)
    except Exception as error:  # noqa: BLE001  some hundred services, each with errors of its own
        return Delivery(ok=False, because=f"the service failed ({type(error).__name__})")


def notify(message: Message, to: str) -> Delivery:
    """Notify once. Raises whatever the service does."""
    import apprise

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its complaints quote addresses
    service = apprise.Apprise()
    if not service.add(to):
        return Delivery(ok=False, because="Apprise does not know this kind of address")
    if service.notify(body=message.text, title=message.subject, body_format="text", timeout=PATIENCE):
        return Delivery(ok=True)
    return Delivery(ok=False, because="the service did not take it")
