"""The drawing of the house as a law: who may import whom, and who owns which effect."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "monitor"

# room → the rooms it may import. A room may always import itself.
MAY_IMPORT = {
    "model": set(),
    "errors": set(),
    "seams": {"core", "model", "errors"},
    "happenings": {"core", "model", "seams"},
    "moved": {"core", "model", "seams"},
    "passing": {"core", "model", "seams"},
    "rereading": {"core", "model", "seams"},
    "settle": {"core", "errors", "happenings", "model", "moved", "passing", "rereading", "seams"},
    "core": {"model", "errors"},
    "conclude": {"core", "model", "errors", "seams"},
    "onward": {"core", "model", "errors", "seams"},
    "pieces": {"core", "model", "seams", "settle"},
    "pipeline": {"conclude", "core", "model", "errors", "onward", "passing", "pieces", "seams", "settle"},
    "published": {"core", "model", "errors", "seams"},
    "catchup": {"conclude", "core", "model", "errors", "published", "seams"},
    "manners": {"model", "errors", "store"},
    "config": {"core", "model", "errors"},
    "fetch": {"core", "model", "errors", "seams"},
    "workers": {"core", "model", "errors", "seams"},
    "store": {"core", "model", "errors", "seams"},
    "outputs": {"core", "model", "errors"},
    "schedule": {"model", "errors"},
    "vectors": {"core", "errors", "model"},
    "earlier": {"core", "warc"},
    "imports": {"core", "earlier", "errors", "happenings", "model", "seams", "settle"},
    "warc": {"errors", "model"},
    "reextract": {"core", "model", "errors", "seams", "settle"},
    "doctor": {"core", "config", "errors", "model", "store", "vectors", "workers"},
    "web": {"model", "errors"},
    "demo": {"model", "errors"},
    "logs": {"core", "errors", "model"},
    "notify": set(),
    "processes": set(),
    "systemd": set(),
    "metrics": {"core"},
    "vigil": {"core", "store"},
    "pause": {"errors", "store"},
    "attendant": {"core", "errors", "metrics", "model", "notify", "store", "workers"},
    "wishes": {"errors"},
    "handful": {"model"},
    "deeds": {"core", "errors", "model", "store"},
    "parcels": {"earlier"},
    "errands": {"deeds", "earlier", "errors", "house", "imports", "model", "parcels", "seams", "store", "wishes"},
    "house": {"core", "fetch", "manners", "model", "outputs", "schedule", "seams", "store", "vectors", "workers"},
    "daemon": {
        "house", "attendant", "catchup", "handful", "metrics", "notify", "processes", "vigil", "pause",
        "config", "core", "errors", "fetch", "happenings", "imports", "model", "outputs", "pipeline", "schedule", "seams",
        "settle", "store",
        "errands", "web", "workers",
    },
    "cli": {
        "earlier", "house", "logs", "processes", "systemd", "warc", "reextract", "doctor", "deeds", "parcels", "wishes", "catchup", "published",
        "config", "core", "daemon", "demo", "errors", "fetch", "imports", "model", "outputs", "pipeline", "schedule", "seams",
        "settle", "store", "web", "workers",
    },
}  # fmt: skip

# library → the only places that may import it, as "room" or "room.file".
OWNERS = {
    "aiohttp": {"fetch", "demo"},
    "apprise": {"outputs"},
    "apscheduler": {"schedule"},
    "click": {"cli"},
    "feedparser": {"core.parse"},
    "jinja2": {"outputs", "demo"},
    "model2vec": set(),
    "numpy": {"vectors"},
    "listparser": {"core.parse", "core.opml"},
    "pebble": {"workers"},
    "protego": {"fetch"},
    "pydantic": {"config"},
    "smtplib": {"outputs"},
    "sqlite_utils": {"store"},
    "tokenizers": {"vectors"},
    "trafilatura": {"core.fulltext", "core.discover"},
    "yaml": {"config", "web"},
    "warcio": {"warc"},
    "random": {"daemon", "demo"},
    "socket": {"fetch", "demo", "processes", "notify"},
}

# What the pure core may never touch.
EFFECTS = {"aiohttp", "asyncio", "logging", "os", "pathlib", "random", "shutil", "socket", "subprocess", "tempfile",
           "threading", "time", "urllib.request"}  # fmt: skip


def room_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[0] if parts != ("__init__",) else None


def place_of(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts[:2])


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute here"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from ((name, node.lineno) for name in names)


FILES = sorted(ROOT.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_rooms_only_open_the_doors_they_have(path):
    room = room_of(path)
    if room is None or room == "__main__":
        return
    assert room in MAY_IMPORT, f"{room} is not on the drawing"
    for name, line in imports_of(path):
        if name.startswith("monitor."):
            target = name.split(".")[1]
            if target != "__version__":
                assert target == room or target in MAY_IMPORT[room], f"{path}:{line}: {room} imports {target}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_effect_has_one_owner(path):
    room, place = room_of(path), place_of(path)
    for name, line in imports_of(path):
        library = name.split(".")[0]
        if library in OWNERS:
            assert {room, place} & OWNERS[library], f"{path}:{line}: {library} belongs to {OWNERS[library]}"


@pytest.mark.parametrize("path", sorted((ROOT / "core").rglob("*.py")), ids=lambda p: p.name)
def test_the_core_has_no_effects(path):
    for name, line in imports_of(path):
        assert not any(name == e or name.startswith(e + ".") for e in EFFECTS), (
            f"{path}:{line}: core imports {name}"
        )
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        assert called not in {
            "open",
            "print",
            "datetime.now",
            "date.today",
            "datetime.today",
            "datetime.utcnow",
        }, f"{path}:{node.lineno}: core calls {called}"


def test_one_line_reads_the_clock():
    readers = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in FILES
        if room_of(path) != "demo"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"datetime.now", "datetime.utcnow", "time.time"}
    ]

    assert len(readers) == 1, readers
    assert readers[0].startswith("daemon.py")
