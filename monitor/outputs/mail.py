"""Messages by e-mail, over SMTP, in a thread of its own: one connection for each, closed afterwards.

The Message-ID is made from the outbox key, so that a mail that is sent a second time is the same mail to
every program that looks. What a server says is kept without the addresses in it.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from monitor.model import Delivery, Message, SmtpRules

PATIENCE = 20.0  # seconds for each step
# The server does not want this mail; another one may be welcome. 535 and its like are about the login.
REFUSALS = frozenset({550, 551, 552, 553, 554})
_ADDRESS = re.compile(r"<?[^\s<>@]+@[^\s<>]+>?")


async def send(message: Message, *, to: str, rules: SmtpRules | None, now: datetime) -> Delivery:
    """Send a mail once. `to` is `mailto:` with one or more addresses."""
    if rules is None:
        return Delivery(ok=False, because="there is no mail server in the configuration (smtp)")
    mail = mail_of(message, to, rules.sender, now)
    try:
        await asyncio.to_thread(deliver, mail, rules)
    except (smtplib.SMTPException, OSError) as error:
        return trouble(error)
    return Delivery(ok=True)


def mail_of(message: Message, to: str, sender: str, now: datetime) -> EmailMessage:
    """The mail: plain text, and HTML where there is some."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = ", ".join(to.removeprefix("mailto:").split(","))
    mail["Subject"] = " ".join(message.subject.split())
    mail["Date"] = format_datetime(now)
    digest = hashlib.sha256(message.key.encode()).hexdigest()[:32]
    mail["Message-ID"] = f"<{digest}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    return mail


def deliver(mail: EmailMessage, rules: SmtpRules) -> None:
    """Hand a mail to the server. Raises SMTPException or OSError."""
    context = ssl.create_default_context()
    if rules.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(rules.host, rules.port, timeout=PATIENCE, context=context)
    else:
        server = smtplib.SMTP(rules.host, rules.port, timeout=PATIENCE)
    with server:
        if rules.security == "starttls":
            server.starttls(context=context)
        if rules.user is not None and rules.password is not None:
            server.login(rules.user, rules.password)
        server.send_message(mail)


def trouble(error: Exception) -> Delivery:
    """Why a mail was not taken."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        return _answered(code, said)
    if isinstance(error, smtplib.SMTPResponseException):
        return _answered(error.smtp_code, error.smtp_error)
    if isinstance(error, TimeoutError):
        return Delivery(ok=False, because=f"the mail server did not answer within {PATIENCE:g} s")
    if isinstance(error, ssl.SSLError):
        return Delivery(ok=False, because=f"no TLS with the mail server: {error.reason or 'it failed'}")
    if isinstance(error, OSError) and error.strerror:
        return Delivery(ok=False, because=f"the mail server cannot be reached: {error.strerror}")
    return Delivery(ok=False, because=f"the mail server: {plain(str(error)) or type(error).__name__}")


def _answered(code: int, said: bytes | str) -> Delivery:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    because = f"the mail server answered {code} {plain(words)}".rstrip()
    return Delivery(ok=False, because=because, refused=code in REFUSALS)


def plain(words: str) -> str:
    """What a server says, on one line, without addresses."""
    line = " ".join("".join(c if c.isprintable() else " " for c in words).split())
    return _ADDRESS.sub("…", line)[:200]
