"""Texts in three languages, and records of web archives, for what is imported."""

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>One</p>"

DATED = "WARC-Date: 2025-08-06T00:00:00Z"

GERMAN = (
    "Genf (dpa) – Die Unterhändler haben sich über Nacht auf eine Waffenruhe geeinigt. Das bestätigten "
    "mehrere Außenminister für die Öffentlichkeit. „Wir können aufatmen“, sagte ein müder Vermittler später."
)

UKRAINIAN = (
    "Женева. Переговорники вночі домовилися про припинення вогню. Це підтвердили кілька міністрів, які "
    "прибули до міста вранці. Угода має набути чинності опівночі, її текст ще не оприлюднено."
)

ENGLISH = (
    "GENEVA - The goals of the night were the talk of the town, and it was not clear for hours who had won. "
    "They said that there will be a replay in the spring, but the date has not been set by the league."
)


def record(*headers, body=b"", length=None):
    """A WARC record of an answer, whole or not."""
    lines = ["WARC/1.0", "WARC-Type: response", *headers, f"Content-Length: {length or len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body + b"\r\n\r\n"
