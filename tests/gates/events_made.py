"""A made-up fortnight of happenings, each reported several times in words of its own, and the traps among them.

Words are invented from syllables (copies_made.py). A happening has people, places, figures and things of
its own; every report draws other ones of these, in sentences of its own, among words that everybody uses.
The traps: one minister in many happenings; a happening of the same kind with other people, a day later; daily
figures in the same words; round-ups that mention everything; the same place again a week later.
"""

from datetime import timedelta

from copies_made import GRAMMAR, OUTLETS, START, Press

DAYS = 14


class Happening:
    """What there is to tell of one thing that happened."""

    def __init__(self, press, *, people=None, things=None):
        self.people = people or [press.word().capitalize() + press.word() for _ in range(5)]
        self.things = things or [press.word() + press.word() for _ in range(18)]
        self.figures = [str(13 + press.number(9000)) for _ in range(4)]


def sentence(press, happening, share):
    """One sentence: grammar, everybody's words, and by `share` what the happening has of its own."""
    words = []
    for _ in range(9 + press.number(12)):
        chance = press.rng.random()
        if chance < 0.42:
            words.append(press.pick(GRAMMAR))
        elif chance < 0.42 + share * 0.3:
            words.append(press.pick(happening.people))
        elif chance < 0.42 + share * 0.9:
            words.append(press.pick(happening.things))
        elif chance < 0.42 + share:
            words.append(press.pick(happening.figures))
        else:
            words.append(press.vocabulary[int(len(press.vocabulary) * press.rng.random() ** 2)])
    return " ".join(words).capitalize() + "."


def told(press, happening, share=0.14):
    """One report: a headline of its own, four paragraphs."""
    title = f"{press.pick(happening.people)} {press.word()} {press.pick(happening.things)} {press.pick(GRAMMAR)} {press.pick(happening.things)}"
    text = "\n".join(" ".join(sentence(press, happening, share) for _ in range(4)) for _ in range(4))
    return title, text


class Fortnight:
    """Rows in the order of their time."""

    def __init__(self, seed):
        self.press, self.rows = Press(seed), []

    def add(self, event, kind, report, hours):
        title, text = report
        number = len(self.rows)
        outlet = OUTLETS[number % len(OUTLETS)]
        self.rows.append(
            {"id": f"{number}", "url": f"https://{outlet}/{number}", "title": title, "text": text, "outlet": outlet,
             "published": (START + timedelta(hours=hours)).isoformat(), "language": "de", "event": event, "kind": kind}
        )  # fmt: skip

    def in_order(self):
        return sorted(self.rows, key=lambda row: (row["published"], int(row["id"])))


def made(seed=1, happenings=40, alone=140):
    """The rows of a fortnight: happenings of two to twelve reports, single reports, and the traps."""
    fortnight = Fortnight(seed)
    press = fortnight.press
    minister = press.word().capitalize() + press.word()
    for n in range(happenings):
        happening = Happening(press)
        if n % 3 == 0:
            happening.people[0] = minister
        start = press.number(24 * (DAYS - 2))
        for _ in range(2 + int(11 * press.rng.random() ** 3)):
            fortnight.add(f"happening {n}", "report", told(press, happening), start + press.number(30))
    for n in range(alone):
        happening = Happening(press)
        if n % 5 == 0:
            happening.people[0] = minister
        fortnight.add(f"alone {n}", "alone", told(press, happening), press.number(24 * DAYS))
    for trap in (_of_a_kind, _daily, _round_ups, _again):
        trap(fortnight)
    return fortnight.in_order()


def _of_a_kind(fortnight):
    """Two happenings of a kind, a day apart: the same things and place, other people, other figures."""
    press = fortnight.press
    for n in range(12):
        first = Happening(press)
        things = first.things[:6] + [press.word() + press.word() for _ in range(12)]
        second = Happening(press, things=things, people=[first.people[0], *Happening(press).people[1:]])
        for which, happening in enumerate((first, second)):
            for k in range(3):
                fortnight.add(
                    f"of a kind {n} {which}", "of a kind", told(press, happening), 24 * n + 26 * which + k
                )


def _daily(fortnight):
    """Two series of daily figures."""
    press = fortnight.press
    for series in range(2):
        happening = Happening(press)
        words = told(press, happening)[1].split()
        for day in range(DAYS):
            text = " ".join(
                str(press.number(100_000)) if place % 8 == 3 else word for place, word in enumerate(words)
            )
            fortnight.add(
                f"daily {series} {day}",
                "daily",
                (f"{happening.things[0]} {day}", text),
                24 * day + 5 + series,
            )


def _round_ups(fortnight):
    """Every other day one text that has a paragraph's worth of words of each of five happenings."""
    press = fortnight.press
    reports = [row for row in fortnight.rows if row["kind"] == "report"]
    for n in range(6):
        chosen = [press.pick(reports) for _ in range(5)]
        text = "\n".join(" ".join(row["text"].split()[20:60]) for row in chosen)
        fortnight.add(f"round-up {n}", "round-up", (f"Der Tag {press.word()}", text), 48 * n + 20)


def _again(fortnight):
    """The same place and people a week later, with something else to tell."""
    press = fortnight.press
    for n in range(8):
        first = Happening(press)
        later = Happening(press, people=first.people)
        for which, happening in enumerate((first, later)):
            for k in range(2):
                fortnight.add(
                    f"again {n} {which}", "again", told(press, happening), 20 * n + 24 * 7 * which + k
                )
