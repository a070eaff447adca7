"""A topic in a script without blanks from the feed to what people read of it."""

import json

import pytest
from click.testing import CliRunner
from test_journey import poll, rows
from town import Town

from monitor.cli import cli

OPENING = "美国总统周一在华盛顿宣布，乌克兰与俄罗斯代表将于周三在日内瓦举行{}谈判，白宫发言人证实了这一消息。"
FILLER = (
    "当地居民表示，他们希望会谈能够带来变化，并呼吁各方保持克制。专家认为，道路仍然漫长，细节尚未公布。",
    "会议将持续两天，记者获准进入会场外的新闻中心。欧盟代表也将出席，并在会后发表声明，说明下一步安排。",
    "市场对此反应平静，油价小幅下跌，分析人士提醒投资者注意风险。天气预报说，湖区周三有雨，气温下降。",
)


def text(word):
    lines = [OPENING.format(word)] + [f"第{number}段。{FILLER[number % 3]}" for number in range(1, 12)]
    return "\n".join(lines)


@pytest.mark.parametrize("others", [0, 60])
async def test_a_topic_meets_its_word_in_the_middle_of_a_run(tmp_path, others):
    """Alone, and among as many topics as are told apart by their words first."""
    more = "".join(
        f'  other{n}: {{title: o, query: 北京{n}, feeds: ["{{feed}}"], schedule: every 1 second}}\n'
        for n in range(others)
    )
    async with Town(1) as town:
        (outlet,) = town.outlets
        outlet.lang = "zh"
        outlet.publish("/a", "各方代表将在日内瓦会面", text("停火"))
        outlet.publish("/b", "各方代表将在维也纳会面", text("贸易"))
        path = town.config(tmp_path, query="停火")
        written = path.read_text(encoding="utf-8")
        path.write_text(
            written.replace("fetch:", more.replace("{feed}", outlet.feed) + "fetch:"), encoding="utf-8"
        )
        await poll(path)

    found = {row["title"]: row for row in rows(path, "select * from decisions")}
    assert "stored" == found["各方代表将在日内瓦会面"]["state"]
    assert "off_topic" == found["各方代表将在维也纳会面"]["state"]
    (match,) = rows(path, "select because from matches")
    assert "在日内瓦举行[停火]谈判" in match["because"]
    told = CliRunner().invoke(cli, ["explain", "1", "-c", str(path)]).output
    assert "paragraph 1: 停火" in told
    (hit,) = json.loads(CliRunner().invoke(cli, ["search", "停火", "--json", "-c", str(path)]).output)
    assert "在日内瓦举行[停火]谈判" in hit["snippet"]
