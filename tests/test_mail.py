"""Alerts by e-mail and through Apprise: real connections on loopback."""

import asyncio
import email
import email.policy
import json

import pytest
from aiohttp import web
from office_scene import HOUR, Clock, desk, opened, tell
from store_scene import NOON, all_rows

from monitor.model import Delivery, Message, SmtpRules
from monitor.outputs import push
from monitor.outputs.dispatch import dispatch
from monitor.outputs.mail import mail_of, plain


class MailServer:
    """As much of SMTP (RFC 5321) as a client needs; `refuse` answers RCPT with this line."""

    def __init__(self):
        self.mails = []
        self.recipients = []
        self.refuse = None
        self.drop = False

    async def talk(self, reader, writer):
        async def say(line):
            writer.write(line.encode() + b"\r\n")
            await writer.drain()

        await say("220 mail.test")
        while line := (await reader.readline()).decode().strip():
            verb = line.upper().split()[0]
            if verb == "RCPT" and self.refuse:
                await say(self.refuse)
            elif verb == "RCPT":
                self.recipients.append(line.partition(":")[2].strip("<>"))
                await say("250 ok")
            elif verb == "DATA":
                await say("354 go on")
                body = b"".join([part async for part in until_dot(reader)])
                self.mails.append(email.message_from_bytes(body, policy=email.policy.default))
                if self.drop:
                    writer.transport.abort()
                    return
                await say("250 taken")
            elif verb == "QUIT":
                await say("221 bye")
                break
            else:
                await say("250 mail.test")
        writer.close()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self.talk, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        await self._server.wait_closed()

    @property
    def rules(self):
        return SmtpRules("127.0.0.1", "Monitor <monitor@news.test>", self.port, "none")


async def until_dot(reader):
    while (line := await reader.readline()) != b".\r\n":
        yield line.removeprefix(b".") if line.startswith(b"..") else line


@pytest.fixture
async def server():
    async with MailServer() as running:
        yield running


def mailed(**changed):
    return desk("mailto:desk@news.test,chief@news.test", **changed)


async def test_an_alert_arrives_as_a_mail_in_text_and_html(tmp_path, server):
    async with opened(tmp_path / "m.db", Clock(), mailed(), smtp=server.rules) as (store, office):
        tell(store, "bridge", NOON, title="Brücke\r\nBcc: x@evil.test gesperrt")
        await dispatch(office)
        rows = all_rows(store, "select state from outbox")

    (mail,) = server.mails
    assert ["desk@news.test", "chief@news.test"] == server.recipients
    assert "Bridges: Brücke Bcc: x@evil.test gesperrt" == mail["Subject"]
    assert (None, "Mon, 01 Jun 2026 12:00:00 +0000") == (mail["Bcc"], mail["Date"])
    assert "https://harbour.test/bridge" in mail.get_body(("plain",)).get_content()
    assert "<mark" in mail.get_body(("html",)).get_content()
    assert [("sent",)] == rows


async def test_a_mail_that_may_have_been_sent_comes_again_under_the_same_id(tmp_path, server):
    clock, server.drop = Clock(), True
    async with opened(tmp_path / "m.db", clock, mailed(), smtp=server.rules) as (store, office):
        tell(store, "bridge", NOON)
        await dispatch(office)
        clock.go(HOUR)
        server.drop = False
        await dispatch(office)
        await dispatch(office)

    assert 2 == len(server.mails)
    assert 1 == len({mail["Message-ID"] for mail in server.mails})


@pytest.mark.parametrize(
    ("refuse", "because"),
    [
        ("550 no such user <desk@news.test> here", "the mail server answered 550 no such user … here"),
        ("450 try later", "the mail server answered 450 try later"),
        ("451 4.7.1 greylisted desk@news.test", "the mail server answered 451 4.7.1 greylisted …"),
    ],
)
async def test_what_the_server_says_is_kept_without_addresses(tmp_path, server, refuse, because):
    server.refuse = refuse
    async with opened(tmp_path / "m.db", Clock(), mailed(), smtp=server.rules) as (store, office):
        tell(store, "bridge", NOON)
        await dispatch(office)
        rows = all_rows(store, "select state, last_error from outbox")

    assert [("waiting", because)] == rows


async def test_no_server_and_no_settings_are_reasons(tmp_path, server):
    reasons = []
    for rules in (None, SmtpRules("127.0.0.1", "m@news.test", 9, "none")):
        async with opened(tmp_path / f"{rules is None}.db", Clock(), mailed(), smtp=rules) as (store, office):
            tell(store, "bridge", NOON)
            await dispatch(office)
            reasons.append(all_rows(store, "select last_error from outbox")[0][0])

    assert "there is no mail server in the configuration (smtp)" == reasons[0]
    assert "the mail server cannot be reached: Connection refused" == reasons[1]


def test_a_long_key_and_foreign_letters_make_a_mail():
    message = Message("київ:" * 80, "story", "Київ " * 40, "текст", {})
    mail = mail_of(message, "mailto:a@b.test", "Моніторинг <m@news.test>", NOON)

    assert mail["Message-ID"].endswith("@news.test>")
    assert b"Subject: =?utf-8?" in bytes(mail)


def test_server_words_become_one_line():
    assert "4.7.1 go away …" == plain("4.7.1\r\n go\taway <a@b.test>")


# ── Apprise ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")
async def test_apprise_reaches_what_it_knows_and_says_little_of_what_fails(tmp_path):
    pytest.importorskip("apprise", reason="the extra 'notify' is not installed")
    got, status = [], [200]

    async def answer(request):
        got.append(json.loads(await request.read()))
        return web.Response(status=status[0])

    app = web.Application()
    app.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    try:
        async with opened(tmp_path / "m.db", Clock(), desk(f"json://127.0.0.1:{port}/t0ken")) as (
            store,
            office,
        ):
            tell(store, "bridge", NOON, title="Bridge closed")
            await dispatch(office)
            rows = all_rows(store, "select state, last_error from outbox")
        status[0] = 500
        message = Message("k", "story", "s", "t", {})
        failed = await push.send(message, to=f"json://127.0.0.1:{port}/t0ken")
        unknown = await push.send(message, to="nonsense://x/y")
    finally:
        await runner.cleanup()

    assert [("sent", None)] == rows
    assert "Bridges: Bridge closed" == got[0]["title"]
    assert Delivery(ok=False, because="the service did not take it") == failed
    assert Delivery(ok=False, because="Apprise does not know this kind of address") == unknown
