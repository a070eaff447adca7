"""Alerts by e-mail through servers that want encryption and a login: real TLS on loopback."""

import asyncio
import base64

import pytest
from self_signed import server_side
from store_scene import NOON

from monitor.model import Delivery, Message, SmtpRules
from monitor.outputs import mail

MESSAGE = Message("key", "story", "Bridge closed", "The bridge is closed.", {})


class SecureServer:
    """As much of SMTP as it takes to meet a client that wants TLS at once or by STARTTLS (RFC 3207), and logs in."""

    def __init__(self, context, *, at_once=False, offers="STARTTLS", refuses=None):
        self.context, self.at_once, self.offers, self.refuses = context, at_once, offers, refuses
        self.in_the_clear, self.encrypted, self.taken = [], [], 0

    async def talk(self, reader, writer):
        secure = self.at_once

        def say(line):
            writer.write(line.encode() + b"\r\n")

        say("220 mail.test")
        while line := (await reader.readline()).decode().strip():
            (self.encrypted if secure else self.in_the_clear).append(line)
            verb = line.upper().split()[0]
            if verb == "EHLO":
                say(f"250-mail.test\r\n250 {'AUTH PLAIN' if secure else self.offers}")
            elif verb == "STARTTLS":
                say("220 go on")
                await writer.drain()
                await writer.start_tls(self.context)
                secure = True
            elif verb == "AUTH":
                say(self.refuses or "235 welcome")
            elif verb == "DATA":
                say("354 go on")
                await reader.readuntil(b"\r\n.\r\n")
                self.taken += 1
                say("250 taken")
            else:
                say("221 bye" if verb == "QUIT" else "250 ok")
            if verb == "QUIT":
                break
        writer.close()

    async def sends(self, **changed):
        """What becomes of one mail; the server ends after it."""

        async def quietly(reader, writer):
            try:
                await self.talk(reader, writer)
            except (OSError, asyncio.IncompleteReadError):
                writer.close()

        context = self.context if self.at_once else None
        server = await asyncio.start_server(quietly, "127.0.0.1", 0, ssl=context)
        rules = {
            "security": "tls" if self.at_once else "starttls",
            "user": "desk",
            "password": "s3cret",
        } | changed
        port = server.sockets[0].getsockname()[1]
        try:
            return await mail.send(
                MESSAGE,
                to="mailto:desk@news.test",
                rules=SmtpRules("127.0.0.1", "m@news.test", port, **rules),
                now=NOON,
            )
        finally:
            server.close()
            await server.wait_closed()


@pytest.fixture
def context(tmp_path, monkeypatch):
    """The server's side of TLS; its certificate is trusted by whoever looks at SSL_CERT_FILE."""
    found, certificate = server_side(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return found


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_mail_and_its_login_travel_encrypted(context, at_once):
    server = SecureServer(context, at_once=at_once)
    delivery = await server.sends()

    login = base64.b64encode(b"\0desk\0s3cret").decode()
    assert (Delivery(ok=True), 1) == (delivery, server.taken)
    assert f"AUTH PLAIN {login}" in server.encrypted
    assert ([] if at_once else ["EHLO", "STARTTLS"]) == [
        line.split()[0].upper() for line in server.in_the_clear
    ]


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_certificate_that_nobody_vouches_for_is_not_talked_to(
    context, at_once, monkeypatch, tmp_path
):
    (tmp_path / "nobody.pem").touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nobody.pem"))
    server = SecureServer(context, at_once=at_once)
    delivery = await server.sends()

    assert (False, 0, []) == (delivery.ok, server.taken, server.encrypted)
    assert "no TLS with the mail server: CERTIFICATE_VERIFY_FAILED" == delivery.because


async def test_without_encryption_nothing_is_said_to_a_server_that_should_have_offered_it(context):
    server = SecureServer(context, offers="HELP")
    delivery = await server.sends()

    assert (False, 0) == (delivery.ok, server.taken)
    assert "STARTTLS" in delivery.because
    assert [] == [line for line in server.in_the_clear if line.upper().startswith(("AUTH", "MAIL", "DATA"))]


async def test_a_refused_login_is_the_reason_and_no_fault_of_the_mail(context):
    delivery = await SecureServer(context, refuses="535 5.7.8 who are you").sends()

    assert Delivery(ok=False, because="the mail server answered 535 5.7.8 who are you") == delivery
