"""Which entries of a poll are new, changed or still the same, whatever the feed does to their identity.

Looks only at the document and at the rows that share a key or an address with it, so the same poll against
the same rows gives the same answer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from monitor.core import urls
from monitor.core.items import text_key
from monitor.model import Changes, Entry, KnownEntry

_SEVERAL = 3  # entries that change in the same idle way at once: a habit of the feed, not an edit


def address_of(entry: Entry, tracking: Collection[str] = ()) -> str | None:
    """The canonical form of an entry's link; None when it has none."""
    return urls.canonical(entry.url, tracking) if entry.url else None


def digest(entry: Entry) -> str:
    """A name for what a change would show in: `words-time`, of title and summary, and of `updated`.

    White space does not count. The two halves let `reconcile` tell an edit from a new time stamp.
    """
    words = "\n".join((" ".join(entry.title.split()), " ".join(entry.summary.split())))
    time = entry.updated.isoformat() if entry.updated else ""
    return f"{_short_digest(words)}-{_short_digest(time) if time else ''}"


def reconcile(
    known: Sequence[KnownEntry], entries: Sequence[Entry], tracking: Collection[str] = ()
) -> Changes:
    """Tell the entries of a document (oldest first) into new, changed and seen ones.

    An entry is a known row when it has its key; or else when it is the only one with an address that only
    one row has (the guid changed); or else when address and digest are those of a row. Where key and
    address speak for different rows, the address wins: the feed gives its guids to other items. So it does
    where address and words are both new under a known key. An entry that stands twice in the document
    counts once, as its newest version.
    """
    once = list({entry.key: entry for entry in entries}.values())
    served = _spelt_once([_Served(entry, address_of(entry, tracking), digest(entry)) for entry in once])
    matches = _matches(served, _Rows(known))
    return _changes(served, matches, {row.key for row in known})


def spellings(entries: Sequence[Entry], tracking: Collection[str] = ()) -> dict[str, Entry]:
    """Every address that is an entry's but for the scheme, `www.` or the last slash, with that entry.

    Of two entries that share one, the first has it; none, where their guids tell them apart.
    """
    carried = Counter(address_of(entry, tracking) for entry in entries)
    found: dict[str, Entry] = {}
    for entry in entries:
        address = address_of(entry, tracking)
        if address is None or (carried[address] > 1 and not _is_by_address(entry.key)):
            continue
        for other in urls.equivalents(address):
            if other != address and _bare(other) == _bare(address):
                found.setdefault(other, entry)
    return found


def respelled(
    known: Sequence[KnownEntry], others: Mapping[str, Entry], tracking: Collection[str] = ()
) -> list[KnownEntry]:
    """Rows as if they had been served at the address that is served now, with the key that goes with it.

    `others` are spellings of the entries that are served. Of several rows of one entry, the oldest that has no
    other name than its address; none, where guids tell them apart.
    """
    met: dict[str, list[KnownEntry]] = defaultdict(list)
    for row in known:
        entry = others.get(row.address or "")
        if entry is not None:
            met[entry.key].append(row)
    found: list[KnownEntry] = []
    for entry in {entry.key: entry for entry in others.values()}.values():
        rows = met[entry.key]
        by_address = [row for row in rows if _is_by_address(row.key) and _is_by_address(entry.key)]
        chosen = by_address[:1] or (rows if len(rows) == 1 else [])
        address = address_of(entry, tracking)
        found.extend(replace(row, key=entry.key, address=address) for row in chosen)
    return found


@dataclass(frozen=True, slots=True)
class _Served:
    """An entry as the document has it, with what it is compared by."""

    entry: Entry
    address: str | None
    digest: str


class _Rows:
    """The known rows, by key and by address."""

    def __init__(self, known: Sequence[KnownEntry]) -> None:
        self.by_key = {row.key: row for row in known}
        self.taken: set[int] = set()  # ids of rows that an entry has been found to be
        self.by_address: Mapping[str, list[KnownEntry]] = defaultdict(list)
        for row in known:
            if row.address:
                self.by_address[row.address].append(row)

    def at(self, address: str | None) -> list[KnownEntry]:
        return self.by_address.get(address, []) if address else []


def _matches(served: Sequence[_Served], rows: _Rows) -> dict[str, KnownEntry]:
    """Entry key → row. Certain matches are made first, so that no guess takes their row away."""
    carried = Counter(item.address for item in served if item.address)
    matches: dict[str, KnownEntry] = {}
    for rule in (_by_key_and_address, _by_address, _by_key, _by_text):
        for item in served:
            if item.entry.key in matches:
                continue
            row = rule(item, rows, carried)
            if row is not None and row.id not in rows.taken:
                matches[item.entry.key] = row
                rows.taken.add(row.id)
    return matches


def _by_key_and_address(item: _Served, rows: _Rows, _: Counter[str]) -> KnownEntry | None:
    """Key and address agree, or there is no address to disagree."""
    row = rows.by_key.get(item.entry.key)
    return row if row and (row.address == item.address or not row.address or not item.address) else None


def _by_address(item: _Served, rows: _Rows, carried: Counter[str]) -> KnownEntry | None:
    """One entry and one row have this address: the guid changed, or went to another item."""
    found = rows.at(item.address)
    return found[0] if len(found) == 1 and item.address and carried[item.address] == 1 else None


def _by_key(item: _Served, rows: _Rows, carried: Counter[str]) -> KnownEntry | None:
    """The same key at a new address: the item moved, unless its old address is still served, or all is new.

    Other words at an address without the old one's number are another item: some feeds give a guid again.
    """
    row = rows.by_key.get(item.entry.key)
    if row is None or (row.address and carried[row.address]):
        return None
    stays = _words(row.digest) == _words(item.digest) or not _moved(row.address, item.address)
    return row if stays or urls.same_number(row.address or "", item.address or "") else None


def _by_text(item: _Served, rows: _Rows, _: Counter[str]) -> KnownEntry | None:
    """Of several rows at one address, one that reads the same."""
    alike = (row for row in rows.at(item.address) if row.digest == item.digest and row.id not in rows.taken)
    return next(alike, None)


def _changes(served: Sequence[_Served], matches: Mapping[str, KnownEntry], used: set[str]) -> Changes:
    """New, changed and seen entries. New ones get a key that no row has."""
    new, edited, idle, seen = [], [], [], []
    for item in served:
        row = matches.get(item.entry.key)
        if row is None:
            new.append((_renamed(item.entry, used), item.digest))
        elif _words(row.digest) != _words(item.digest):
            edited.append((row.id, item.entry, item.digest))
        elif row.digest != item.digest or _moved(row.address, item.address):
            idle.append((row.id, item.entry, item.digest))
        else:
            seen.append(row.id)
    if len(idle) >= _SEVERAL and not seen:
        return Changes(tuple(new), tuple(edited), tuple(row_id for row_id, _, _ in idle))
    order = {item.entry.key: place for place, item in enumerate(served)}
    changed = sorted(edited + idle, key=lambda change: order[change[1].key])
    return Changes(tuple(new), tuple(changed), tuple(seen))


def _renamed(entry: Entry, used: set[str]) -> Entry:
    """The entry with a key that no row has; its own, where it can keep it."""
    if entry.key not in used:
        return entry
    key = text_key(entry)
    while key in used:
        key += "+"
    used.add(key)
    return replace(entry, key=key)


def _spelt_once(served: Sequence[_Served]) -> list[_Served]:
    """The entries without those that stand there again, later, under another spelling of all that names them."""
    names = [_spelt(item) for item in served]
    last = {name: place for place, name in enumerate(names)}
    return [item for place, item in enumerate(served) if last[names[place]] == place]


def _spelt(item: _Served) -> str:
    """What names an entry, without what is only spelling; its key, where that is more than an address."""
    kind, _, name = item.entry.key.partition(":")
    if kind == "link" and "://" in name:
        return f"link:{_bare(name)}"
    if kind == "guid" and name.startswith("//"):
        return f"guid:{_bare(f'http:{name}')} {_bare(item.address or '')}"
    return item.entry.key


def _is_by_address(key: str) -> bool:
    """Whether an entry has no other name than its address: as a guid it stands in the key without its scheme."""
    return key.startswith(("link:", "guid://"))


def _bare(address: str) -> str:
    return address.partition("://")[2].removeprefix("www.").rstrip("/")


def _words(of: str) -> str:
    return of.partition("-")[0]


def _moved(before: str | None, now: str | None) -> bool:
    """Whether an item is served under an address that is not a spelling of its old one."""
    return bool(before and now and before != now) and before not in urls.equivalents(now or "")


def _short_digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
