"""The page on operating names every metric and every cause that the doctor knows."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")


def test_every_metric_is_on_the_page_and_the_reverse():
    code = (ROOT / "monitor" / "attendant.py").read_text(encoding="utf-8")
    made = set(re.findall(r'"(monitor_[a-z_]+)"', code))
    told = set(re.findall(r"`(monitor_[a-z_]+)", PAGE))

    assert len(made) > 10
    assert made == told


def test_the_settings_on_the_page_are_read(tmp_path):
    from monitor import config

    path = tmp_path / "monitor.yaml"
    blocks = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    base = 'version: 1\ndatabase: m.db\ntopics: {t: {query: a, feeds: ["https://example.org/f"]}}\n'
    model = tmp_path / "models" / "potion"
    model.mkdir(parents=True)
    for file in ("model.safetensors", "tokenizer.json"):
        (model / file).touch()
    path.write_text(base + "".join(blocks))
    settings = config.load(path, {})

    assert ("03:00", 7, "127.0.0.1:9100", 30) == (settings.backup.at, settings.backup.keep, settings.metrics, settings.keep.pages.days)  # fmt: skip
