"""What `monitor status` and the view `coverage` say of feeds that were never read."""

from badserver import BadServer, answer
from click.testing import CliRunner
from watch import Watch, at, rss

from monitor.cli import cli
from monitor.cli.status import shown


async def test_a_feed_that_was_never_read_is_not_called_proven(tmp_path):
    async with BadServer() as server:
        server["/good"], server["/gone"] = answer(rss("a")), answer(b"", status=410)
        urls = [at(server, "good.test", "/good"), at(server, "gone.test", "/gone")]
        async with Watch(tmp_path, urls) as watch:
            await watch.poll()
            proven = watch.ask("select proven from coverage order by feed_id")

    assert [(1.0,), (None,)] == proven
    (tmp_path / "monitor.yaml").write_text(
        f"version: 1\ndatabase: m.db\ntopics: {{t: {{query: x, feeds: [{', '.join(urls)}]}}}}\n"
    )
    said = CliRunner().invoke(cli, ["status", "-c", str(tmp_path / "monitor.yaml")])
    assert "1 feed: 100 % overlap-proven in the last 30 days\n  1 feed: not read yet\n" in said.output


def test_feeds_with_gaps_come_first_and_the_others_are_counted():
    rows = [{"proven": 0.5, "statement": "taz: 50.0 %"}, *({"proven": p} for p in (1, 1, None, None))]

    assert [
        "taz: 50.0 %",
        "2 feeds: 100 % overlap-proven in the last 30 days",
        "2 feeds: not read yet",
    ] == [row["statement"] for row in shown(rows)]
