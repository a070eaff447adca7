"""Cases S01 to S21 where several polls show them: forbidden addresses, TLS, transport that breaks or never ends."""

import asyncio
import gzip
import shutil
import ssl
import subprocess

import aiohttp
import pytest
from badserver import (
    BadServer,
    answer,
    cut_chunks,
    drip_headers,
    endless,
    head_of,
    packed,
    redirect,
    reset_in_body,
    short_of_length,
    stall,
    two_framings,
)
from watch import Watch, at, rss

from monitor.config import load
from monitor.errors import ConfigError, RefusedError, SlowError
from monitor.fetch import guard

FEED = rss("a", "b", "c")


@pytest.fixture
async def server():
    async with BadServer() as running:
        yield running


def watching(server, tmp_path, **more):
    return Watch(tmp_path, [at(server)], **more)


PRIVATE = ["127.0.0.1", "169.254.169.254", "10.0.0.1", "100.64.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0",
           "64:ff9b::7f00:1", "2002:7f00:1::", "fec0::1", "224.0.0.1"]  # fmt: skip


async def test_s01_private_addresses_are_refused_with_a_reason_and_cost_no_other_feed(
    server, tmp_path, monkeypatch
):
    monkeypatch.setattr(guard, "WEB_PORTS", frozenset({server.port}))
    also = {f"n{number}_test": [address] for number, address in enumerate(PRIVATE)}
    inside = [f"http://n{number}.test:{server.port}/inside" for number in range(len(PRIVATE))]
    redirects = [at(server, path=f"/redirect{number}") for number in range(len(PRIVATE))]
    for number, url in enumerate(inside):
        server[f"/redirect{number}"] = redirect(url)
    server["/feed"] = answer(FEED.replace(b"https://paper.example/a", inside[0].encode()))
    server["/robots.txt"] = answer(b"", status=404)
    async with Watch(tmp_path, [*redirects, at(server)], also=also) as watch:
        watch.urls += inside  # configured, and not under allow_private
        await watch.reload()
        polls = {poll.feed.url: poll for poll in await watch.poll()}
        await watch.read()

        for url in redirects + inside:
            assert polls[url].outcome == "error"
            assert "is no public address" in polls[url].error
        assert polls[at(server)].outcome == "new"
        (told,) = watch.ask("select because from entries where url = ?", inside[0])[0]
        assert "is no public address" in told
    assert "/inside" not in server.paths


async def test_s06_only_http_is_asked_whoever_names_it(server, tmp_path):
    schemes = [
        "file:///etc/passwd",
        "ftp://paper.example/f",
        "gopher://paper.example/",
        "data:text/xml,<rss/>",
        "javascript:alert(1)",
    ]
    for scheme in schemes:
        config = tmp_path / "monitor.yaml"
        config.write_text(
            "version: 1\ndatabase: m.db\ntopics:\n  t: {title: T, query: a, schedule: every 10 minutes,"
            f" feeds: ['{scheme}']}}\n"
        )
        with pytest.raises(ConfigError):
            load(config, {})
    items = "".join(
        f"<item><guid>g{n}</guid><title>T{n}</title><link>{s.replace('<', '&lt;')}</link></item>"
        for n, s in enumerate(schemes)
    )
    server["/feed"] = answer(rss(items))
    urls = [at(server), *(at(server, path=f"/{n}") for n in range(len(schemes)))]
    for number, scheme in enumerate(schemes):
        server[f"/{number}"] = redirect(scheme)
    async with Watch(tmp_path, urls) as watch:
        polls = await watch.poll()
        await watch.read()

        assert [poll.outcome for poll in polls] == ["new", *["error"] * len(schemes)]
        assert watch.ask("select distinct url from entries") == [(None,)]
        assert watch.ask("select distinct state from entries") == [("skipped",)]
    assert len(server.seen) == len(urls)


# ── TLS ──────────────────────────────────────────────────────────────────────────────────────────


class Authority:
    """A certificate authority of the test's own, and what it signs."""

    def __init__(self, folder):
        if not shutil.which("openssl"):
            pytest.skip("no openssl to make certificates with")
        self.folder = folder
        self.certificate = folder / "ca.pem"
        self.run("req", "-x509", *self.new_key("ca"), "-out", "ca.pem", "-days", "30", "-subj", "/CN=Test CA",
                 "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
        (folder / "index.txt").touch()
        (folder / "ca.cnf").write_text(
            "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\n"
            "certificate=ca.pem\nprivate_key=ca.key\npolicy=p\ncopy_extensions=copy\n[p]\ncommonName=supplied\n"
        )

    def run(self, *words):
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)

    def new_key(self, name):
        return (
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            f"{name}.key",
        )

    def context(self, name, *, start="20200101000000Z", end="20400101000000Z"):
        """A server's context with a certificate for this host name, valid between these times."""
        self.run("req", *self.new_key(name), "-out", f"{name}.csr", "-subj", f"/CN={name}",
                 "-addext", f"subjectAltName=DNS:{name}")  # fmt: skip
        self.run("ca", "-batch", "-config", "ca.cnf", "-in", f"{name}.csr", "-out", f"{name}.pem", "-notext",
                 "-startdate", start, "-enddate", end)  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        return context


@pytest.fixture
def authority(tmp_path, monkeypatch):
    """An authority that the client trusts as it trusts those of the system."""
    made = Authority(tmp_path)
    trusting = ssl.create_default_context()
    trusting.load_verify_locations(made.certificate)
    monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", trusting)
    return made


@pytest.mark.parametrize(
    ("name", "days", "words"),
    [
        ("paper.test", {}, None),
        ("paper.test", {"end": "20210101000000Z"}, "certificate has expired"),
        ("paper.test", {"start": "20390101000000Z"}, "certificate is not yet valid"),
        ("other.test", {}, "Hostname mismatch"),
    ],
    ids=["valid", "expired", "not yet valid", "of another host"],
)
async def test_s11_a_certificate_that_does_not_hold_is_an_error_without_a_way_around(
    tmp_path, authority, name, days, words
):
    async with BadServer(tls=authority.context(name, **days)) as secure, BadServer() as open_door:
        secure["/feed"] = open_door["/feed"] = answer(FEED)
        url = f"https://paper.test:{secure.port}/feed"
        async with Watch(tmp_path, [url]) as watch:
            (poll,) = await watch.poll()

        if words is None:
            assert poll.outcome == "new"
        else:
            assert poll.outcome == "error"
            assert poll.error.startswith("the certificate of paper.test is not valid")
            assert words in poll.error
            assert secure.seen == []
        assert open_door.connections == 0


# ── transport ────────────────────────────────────────────────────────────────────────────────────


async def test_s14_bombs_stop_at_the_cap_in_answers_and_in_redirects(server, tmp_path):
    zeros = b"\0" * 20_000_000
    members = b"".join(gzip.compress(b"x") for _ in range(3000))
    scripts = {
        "/gzip": packed(zeros, "gzip"),
        "/br": packed(zeros, "br"),
        "/deflate": packed(zeros, "deflate"),
        "/members": answer(members, content_encoding="gzip"),
        "/redirect": redirect("/feed", body=gzip.compress(zeros), content_encoding="gzip"),
        "/feed": answer(FEED),
    }
    for path, script in scripts.items():
        server[path] = script
    async with Watch(tmp_path, [at(server, path=path) for path in scripts], max_feed=1_000_000) as watch:
        polls = {poll.feed.url.rpartition("/")[2]: poll for poll in await watch.poll()}

    assert {name: poll.outcome for name, poll in polls.items()} == {
        "gzip": "error", "br": "error", "deflate": "error", "members": "error", "redirect": "new", "feed": "new",
    }  # fmt: skip
    for name in ("gzip", "br", "deflate"):
        assert "longer than the 1,000,000 bytes allowed" in polls[name].error


@pytest.mark.parametrize("script", [short_of_length(FEED[:100]), cut_chunks(FEED[:100]), two_framings(FEED)])
async def test_s18_a_body_that_is_not_whole_stores_nothing_and_keeps_the_validators(server, tmp_path, script):
    server["/feed"] = [answer(rss("x"), etag='"a"'), script, answer(status=304)]
    async with watching(server, tmp_path) as watch:
        await watch.poll()
        watch.later(hours=1)
        (cut,) = await watch.poll()
        watch.later(hours=3)
        await watch.poll()

        assert cut.outcome == "error"
        assert watch.titles == ["Title of x"]
    assert server.seen[-1].header("If-None-Match") == '"a"'


async def test_s20_after_three_resets_everything_is_there_once_and_every_attempt_is_a_row(server, tmp_path):
    server["/feed"] = [answer(rss("a")), *[reset_in_body(FEED[:200])] * 3, answer(FEED)]
    async with watching(server, tmp_path) as watch:
        for _ in range(5):
            await watch.poll(regardless=False)
            watch.clock = watch.feed().next_poll_at

        assert [o for (o,) in watch.ask("select outcome from polls order by id")] == [
            "new",
            "error",
            "error",
            "error",
            "new",
        ]
        assert sorted(watch.titles) == ["Title of a", "Title of b", "Title of c"]
        assert watch.ask("select kind, bridged from gaps") == [("outage", 1)]


async def test_s21_a_healthy_feed_is_on_time_among_sixty_four_slow_ones(server, tmp_path):
    bad = [stall(), endless(b"x", chunked=True), drip_headers(0.02), endless(), short_of_length()]
    for number in range(64):
        server[f"/bad{number}"] = bad[number % len(bad)]
    server["/feed"] = answer(FEED)
    urls = [*(at(server, f"bad{number}.test", f"/bad{number}") for number in range(64)), at(server)]
    async with Watch(tmp_path, urls, timeout=0.7, max_feed=200_000) as watch:
        task = asyncio.create_task(watch.poll())
        healthy = asyncio.create_task(watch.client.get(at(server)))
        await asyncio.wait([healthy])
        assert not task.done()
        polls = await task

    assert healthy.result().status == 200
    assert [poll.outcome for poll in polls] == [*["error"] * 64, "new"]


async def test_s19_an_announced_size_beyond_all_measure_is_not_even_begun(server, tmp_path):
    async def boasts(_request, wire):
        await wire.send(head_of(content_length=99_000_000_000) + b"\r\n" + b"x" * 1000)
        await asyncio.sleep(3600)

    server["/feed"] = boasts
    async with watching(server, tmp_path, timeout=5.0) as watch:
        (poll,) = await watch.poll()

    assert poll.error == "the answer announces 99,000,000,000 bytes; 5,000,000 are allowed"


# ── webhooks ─────────────────────────────────────────────────────────────────────────────────────


async def test_s10_a_webhook_at_a_private_address_passes_the_same_guard(server, tmp_path, monkeypatch):
    monkeypatch.setattr(guard, "WEB_PORTS", frozenset({server.port}))
    server["/hook"] = answer(b"ok")
    async with watching(server, tmp_path) as watch:
        inside = await watch.client.post(f"http://inside.test:{server.port}/hook", b"{}", {})
        literal = await watch.client.post(f"http://127.0.0.1:{server.port}/hook", b"{}", {})
        allowed = await watch.client.post(at(server, path="/hook"), b"{}", {})

    assert [type(found) for found in (inside, literal)] == [RefusedError] * 2
    assert allowed.status == 200
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (redirect("/elsewhere", 307), 307),
        (answer(b"x" * 5_000_000), 200),
        (answer(b"<html>Hello", content_type="text/html"), 200),
        (stall(), SlowError),
    ],
    ids=["redirect", "5 MB", "html", "slow"],
)
async def test_s46_a_receiver_that_misbehaves_gets_one_request_and_little_patience(
    server, tmp_path, script, expected
):
    server["/hook"] = script
    async with watching(server, tmp_path, timeout=0.3) as watch:
        found = await watch.client.post(at(server, path="/hook"), b"{}", {"X-Signature": "secret"})

    assert found.status == expected if isinstance(expected, int) else isinstance(found, expected)
    assert len(getattr(found, "body", b"")) <= 65_536
    assert server.paths == ["/hook"]
