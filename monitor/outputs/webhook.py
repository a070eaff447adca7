"""Messages to a webhook: JSON, signed, with the outbox key as Idempotency-Key.

The body's `text` is what Slack, Mattermost and their like show; the other keys are for programs. The
signature is the HMAC-SHA256 of the body as sent, in hexadecimal, after `sha256=`. A redirect is not
followed: it would carry the message to a place that nobody configured.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from monitor.errors import FetchError
from monitor.model import Delivery, Message, Page
from monitor.outputs.doors import Post

SIGNATURE = "X-Monitor-Signature"
LONGEST_WAIT = timedelta(hours=6)  # that a receiver may ask for
# The receiver has seen this message and does not want it; another one may be welcome (RFC 9110, 15.5).
REFUSALS = frozenset({400, 413, 415, 422})
TAKEN = range(200, 300)
REDIRECTS = range(300, 400)


async def send(message: Message, *, url: str, secret: str | None, post: Post) -> Delivery:
    """Post a message once."""
    body = body_of(message)
    answer = await post.post(url, body, headers_of(message, body, secret))
    if isinstance(answer, FetchError):
        return Delivery(ok=False, because=nameless(answer.because, url))
    return judged(answer)


def body_of(message: Message) -> bytes:
    """The JSON of a message; the same message gives the same octets."""
    value = {"text": f"{message.subject}\n\n{message.text}" if message.kind == "digest" else message.text}
    return json.dumps({**value, "subject": message.subject, **message.facts}, ensure_ascii=False).encode()


def headers_of(message: Message, body: bytes, secret: str | None) -> dict[str, str]:
    """What goes with it. A key of other letters than ASCII travels percent-encoded, the same at each try."""
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Idempotency-Key": key_of(message),
        "X-Monitor-Kind": message.kind,
    }
    if secret:
        headers[SIGNATURE] = signature(body, secret)
    return headers


def key_of(message: Message) -> str:
    """The outbox key as a header can carry it."""
    return message.key if message.key.isascii() else message.key.encode("ascii", "backslashreplace").decode()


def signature(body: bytes, secret: str) -> str:
    """What a receiver that knows the secret computes as well."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def judged(answer: Page) -> Delivery:
    """What an answer means."""
    if answer.status in TAKEN:
        return Delivery(ok=True)
    if answer.status in REDIRECTS:
        because = (
            f"the receiver redirects (HTTP {answer.status}); redirects are not followed, because they would carry "
            "the message elsewhere: configure the address it leads to"
        )
        return Delivery(ok=False, because=because)
    return Delivery(
        ok=False,
        because=f"the receiver answered HTTP {answer.status}",
        retry_after=asked_for(answer),
        refused=answer.status in REFUSALS,
    )


def asked_for(answer: Page) -> datetime | None:
    """When the receiver wants to be tried again (RFC 9110 section 10.2.3), within reason; None: it did not say."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isdecimal() and value.isascii():
        wait = timedelta(seconds=min(int(value[:9]), LONGEST_WAIT.total_seconds()))
        return answer.at + wait
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(until, answer.at + LONGEST_WAIT) if until > answer.at else None


def nameless(because: str, url: str) -> str:
    """A reason without the receiver's name: some services put a token into it."""
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    return because.replace(host, "the receiver") if host else because
