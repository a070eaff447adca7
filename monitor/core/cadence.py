"""When to ask again. Every outcome has a finite answer, but for a feed that says it is gone.

Of several reasons to wait the latest wins, and the reason is told. Hints of the feed and of the server
only ever lengthen. Pure: the time comes in as `now`, chance as a number from 0 to 1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from http import HTTPStatus
from math import ceil

from monitor.core.urls import host_of, redacted, registrable
from monitor.core.words import answered, span
from monitor.errors import FetchError
from monitor.model import Cooldown, Feed, FeedState, Hints, Next, Page

LONGEST_HINT = timedelta(days=7)  # of max-age, Expires, ttl, sy:update: a typing error must not cost a month
LONGEST_WAIT = timedelta(days=31)  # of Retry-After
FLOOR = timedelta(minutes=5)  # between two requests to a public feed
FRESH_FLOOR = timedelta(minutes=1)  # the same, where its own freshness headers allow it
_REFUSED_WAIT = timedelta(hours=4)  # after 401, 403, 451 or a bot check: asking sooner makes it worse
_PERMISSION = timedelta(days=14)
FARTHEST = timedelta(days=32)  # no server and no schedule makes a feed wait for longer
_SLOWEST = timedelta(hours=22)  # of our own back-off, before chance adds up to `_SPREAD`
_SLOWEST_PRIVATE = timedelta(hours=1)
_SPREAD = 0.09
_MOMENT = timedelta(seconds=1)
_SETTLING = timedelta(minutes=1)  # by which a sound clock may be corrected
_LATE, _LATE_SHARE = 5.0, 0.02  # seconds, and part of the interval, by which a poll may begin late
_THROTTLED_WAIT = timedelta(minutes=30)  # for a whole domain, after a 429 that does not say how long

_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS}
_TRIED_AGAIN: dict[int, int] = {HTTPStatus.NOT_FOUND: 5, HTTPStatus.GONE: 1}  # pages that are not there

Reason = tuple[datetime, str]  # not before then, because


def next_poll(
    feed: Feed,
    answer: Page | FetchError | None,
    *,
    ok: bool,
    base: datetime,
    private: bool,
    hints: Hints,
    now: datetime,
    chance: float,
    why_not: str | None = None,
    why_then: str = "as scheduled",
) -> Next:
    """When a feed is asked again, and the state it is in until then.

    `answer` is what came of the request (None: nothing was asked), `ok` whether it could be used, `why_not`
    what was wrong with it. `base` is when the topics' schedules and the feed's own rhythm want it again,
    `why_then` why. `private` hosts have no floor, and a cooldown of theirs is for one URL.
    """
    if ok:
        wish = (base, why_then)
        at, because = _latest(_reasons(answer, wish=wish, private=private, hints=hints, now=now))
        return _settled("ok", 0, at, because, hints, now)
    failures = feed.failures + 1
    trouble = why_not or _trouble(answer)
    if isinstance(answer, Page) and answer.status == HTTPStatus.GONE:
        because = "HTTP 410: its publisher says that this feed is gone for good"
        return Next(at=None, state="gone", failures=failures, interval_s=0, because=because)
    delay = _back_off(failures, max(base - now, _MOMENT), private=private, chance=chance)
    cooldown = host_wait(answer, private=private, now=now) if isinstance(answer, Page) else None
    reasons = [(base, "as scheduled"), (now + delay, f"asked again after {span(delay)}")]
    reasons += _server_reasons(answer, now)
    if cooldown:
        reasons.append((cooldown.until, cooldown.because.partition(": ")[2]))
    at, because = _latest(reasons)
    count = "" if failures == 1 else f" ({failures} times in a row)"
    return _settled("failing", failures, at, f"{trouble}{count}; {because}", hints, now, cooldown)


def brought_back(at: datetime, *, asked: datetime | None, wait: timedelta, now: datetime) -> datetime:
    """The next time `at` of a feed as a clock that was wrong may have left it, set right; else `at` itself.

    A feed that was `asked` in the future was asked before the clock was set back: it waits once more as long
    as was decided then. That is `wait`, unless the clock was set while it was asked: then it is what lies between
    the two times, where the second is not brought back already. What is farther away than any wait is due now.
    """
    if asked is not None and asked > now + _SETTLING:
        decided = min(wait, at - asked) if at > asked else wait
        return min(at, now + min(max(decided, timedelta(0)), LONGEST_WAIT))
    return now if at > now + FARTHEST else at


def slot(name: str, after: datetime, interval: timedelta, pace: timedelta) -> datetime:
    """The next time of a feed's own, stable phase: its place on a grid whose step is its pace.

    The phase comes from its `name`, so feeds of one schedule never come in a herd, and neither the length
    of a poll nor a restart makes it drift. Not before the schedule's `interval` has passed (or `pace`,
    where that is shorter), but for the moment by which a poll begins late. Where the pace doubles, the
    grids share their points.
    """
    step = max(1, round(pace.total_seconds()))
    phase = int.from_bytes(blake2b(name.encode("utf-8", "replace"), digest_size=8).digest()) % step
    wait = max(min(interval, pace), pace / 2)
    earliest = after.timestamp() + wait.total_seconds() - min(_LATE, wait.total_seconds() * _LATE_SHARE)
    points = ceil((earliest - phase) / step)
    return datetime.fromtimestamp(points * step + phase, UTC)


def freshness(headers: Mapping[str, str], at: datetime) -> timedelta:
    """How long the server calls its answer fresh, from `at`: 0 to 7 days (RFC 9111 section 4.2).

    max-age, else Expires minus Date, less Age. We are a private cache: s-maxage is not for us. What cannot
    be understood, no-store and no-cache add nothing.
    """
    directives = _directives(headers.get("cache-control", ""))
    if directives.keys() & {"no-store", "no-cache"}:
        return timedelta(0)
    if "max-age" in directives:
        lifetime = _seconds(directives["max-age"]) or timedelta(0)
    else:
        expires = _http_date(headers.get("expires"))
        lifetime = expires - (_http_date(headers.get("date")) or at) if expires else timedelta(0)
    age = _seconds(headers.get("age", "")) or timedelta(0)
    return min(max(lifetime - age, timedelta(0)), LONGEST_HINT)


def retry_after(headers: Mapping[str, str], at: datetime) -> datetime | None:
    """When the server wants us back, at most 31 days from `at` (RFC 9110 section 10.2.3).

    Seconds count from `at`, a date by its distance to the server's own Date. None for what is neither, and
    for a time that has passed.
    """
    text = headers.get("retry-after", "").strip()
    wait = _seconds(text)
    if wait is None and (date := _http_date(text)):
        wait = date - (_http_date(headers.get("date")) or at)
    if wait is None or not timedelta(0) < wait < _NONSENSE:
        return None
    return at + min(wait, LONGEST_WAIT)


def host_wait(answer: Page, *, private: bool, now: datetime) -> Cooldown | None:
    """The wait that an answer asks of everybody at its host; None when it asks for none.

    429 speaks for the registrable domain (one limit for all of a hoster's blogs), 503 with Retry-After for
    the host; on a private host both speak for the one URL, because its feeds have little in common.
    """
    until = retry_after(answer.headers, answer.at)
    says_how_long = until is not None
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        fresh = freshness(answer.headers, answer.at)
        says_how_long = says_how_long or bool(fresh)
        until = until or now + max(fresh, timedelta(0) if private else _THROTTLED_WAIT)
        scope = registrable(answer.final_url)
    elif answer.status == HTTPStatus.SERVICE_UNAVAILABLE and until:
        scope = host_of(answer.final_url)
    else:
        return None
    if until <= now:
        return None
    who = "the server asks us to wait" if says_how_long else "it does not say how long, we wait"
    because = f"HTTP {answer.status}: {who} {span(until - now)}"
    return Cooldown(redacted(answer.url) if private else scope, until, because)


_TRIES = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    *(timedelta(hours=24),) * 3,
)
_LOOKS = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24), timedelta(days=3))


def next_try(tries: int, now: datetime, *, status: int | None = None) -> datetime | None:
    """When to ask for an article's page again after a failure; None when it is time to give up.

    `tries` counts the failures before this one. Given up after eight tries over four days; where there is no
    such page, after six over a day and a half (feeds are written before pages, and caches keep what they did not find);
    where it is gone for good, after two.
    """
    if tries >= _TRIED_AGAIN.get(status or 0, len(_TRIES)):
        return None
    delay = _TRIES[max(0, tries)]
    return now + (max(delay, _REFUSED_WAIT) if status in _REFUSED else delay)


def next_permission(until: datetime | None, first_seen: datetime | None, now: datetime) -> datetime | None:
    """When to see whether robots.txt allows an entry's page by now; None: not again.

    `until` is when the file is read anew, None for what no file decides. Two weeks after the entry was first seen
    it is given up: an outlet that shut its pages by mistake has noticed by then.
    """
    if until is None or until > (first_seen or now) + _PERMISSION:
        return None
    return max(until, now + _REFUSED_WAIT)


def next_look(quarantines: int, now: datetime) -> datetime:
    """When to look at a quarantined page again; `quarantines` counts those before. Never gives up."""
    return now + (_LOOKS[max(0, quarantines)] if quarantines < len(_LOOKS) else timedelta(weeks=1))


# ── reasons ──────────────────────────────────────────────────────────────────────────────────────


def _reasons(
    answer: Page | FetchError | None, *, wish: Reason, private: bool, hints: Hints, now: datetime
) -> list[Reason]:
    """Why a feed that answered well is not asked before."""
    fresh = freshness(answer.headers, answer.at) if isinstance(answer, Page) else timedelta(0)
    reasons = [wish]
    if fresh:
        most = "; no more is believed" if fresh == LONGEST_HINT else ""
        reasons.append((now + fresh, f"the server calls its answer fresh for {span(fresh)}{most}"))
    for hint, name in ((hints.ttl, "ttl"), (hints.update_period, "sy:updatePeriod")):
        if hint:
            wait = min(hint, LONGEST_HINT)
            reasons.append((now + wait, f"the feed asks for {span(wait)} between polls ({name})"))
    if not private:
        floor = max(fresh, FRESH_FLOOR) if timedelta(0) < fresh < FLOOR else FLOOR
        reasons.append((now + floor, f"a public feed is asked at most every {span(floor)}"))
    return reasons


def _server_reasons(answer: Page | FetchError | None, now: datetime) -> list[Reason]:
    """Why the server of a feed that failed is not asked before."""
    if isinstance(answer, FetchError):
        return [(answer.until, "not before its host may be asked again")] if answer.until else []
    if answer is None:
        return []
    reasons = []
    if wanted := retry_after(answer.headers, answer.at):
        reasons.append((wanted, f"the server asks us to wait {span(wanted - now)}"))
    if fresh := freshness(answer.headers, answer.at):
        reasons.append((now + fresh, f"the server calls its answer fresh for {span(fresh)}"))
    if answer.status in _REFUSED or answer.headers.get("cf-mitigated") == "challenge":
        reasons.append((now + _REFUSED_WAIT, f"who is refused waits at least {span(_REFUSED_WAIT)}"))
    return reasons


def _latest(reasons: list[Reason]) -> Reason:
    """The reason that makes us wait longest; of equal ones the first."""
    return max(reasons, key=lambda reason: reason[0])


def _settled(
    state: FeedState,
    failures: int,
    at: datetime,
    because: str,
    hints: Hints,
    now: datetime,
    cooldown: Cooldown | None = None,
) -> Next:
    """The answer, moved out of the hours and days that the feed asks us to skip."""
    at = max(at, now + _MOMENT)
    allowed = _allowed(at, hints)
    if allowed != at:
        because += "; moved out of the hours and days that the feed asks us to skip (skipHours, skipDays)"
    seconds = round((allowed - now).total_seconds())
    return Next(
        at=allowed, state=state, failures=failures, interval_s=seconds, because=because, cooldown=cooldown
    )


def _allowed(at: datetime, hints: Hints) -> datetime:
    """The first moment from `at` that no skip hint excludes; `at` itself when they exclude everything."""
    moment = at.astimezone(UTC)
    for _ in range(8 * 24):
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        if moment.weekday() in hints.skip_days:
            moment = midnight + timedelta(days=1)
        elif moment.hour in hints.skip_hours:
            moment = midnight + timedelta(hours=moment.hour + 1)
        else:
            return moment
    return at


def _back_off(failures: int, interval: timedelta, *, private: bool, chance: float) -> timedelta:
    """The schedule's own interval after the first failure, then doubling up to a day, spread by chance.

    On a private host up to an hour: nobody is served by waiting for a machine of one's own.
    """
    start, slowest = (interval, _SLOWEST_PRIVATE) if private else (max(interval, FLOOR), _SLOWEST)
    grown = min(start * (1 << min(failures - 1, 12)), slowest)  # a slower schedule wins by itself
    return grown * (1 + _SPREAD * min(max(chance, 0.0), 1.0))


def _trouble(answer: Page | FetchError | None) -> str:
    if isinstance(answer, Page):
        return answered(answer.status)
    return answer.because if answer else "not asked"


# ── headers ──────────────────────────────────────────────────────────────────────────────────────

_DIGITS = re.compile(r"[0-9]{1,40}")
_NONSENSE = timedelta(days=10_000)  # nobody means a wait of a generation


def _directives(text: str) -> dict[str, str]:
    """Cache-Control as name → value; of repeated ones the first counts."""
    found: dict[str, str] = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"'))
    return found


def _seconds(text: str) -> timedelta | None:
    """A whole number of seconds, or None for anything else, signs and fractions included."""
    return timedelta(seconds=min(int(text), 10**12)) if _DIGITS.fullmatch(text.strip()) else None


def _http_date(text: str | None) -> datetime | None:
    """A date as HTTP writes it (RFC 9110 section 5.6.7), or None."""
    if not text:
        return None
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
