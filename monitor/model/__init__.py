"""The nouns. One frozen noun at each border of the journey, named after its stage.

Imports nothing of ours. Times are aware `datetime`s in UTC; the store writes them as
`YYYY-MM-DDTHH:MM:SSZ`. Shares are fractions 0–1 rounded to three places. Texts are `str` with
paragraphs separated by one newline.
"""

from monitor.model.polls import (
    Changes,
    Cooldown,
    EntryState,
    Feed,
    FeedState,
    Gap,
    KnownEntry,
    Next,
    Poll,
    PollOutcome,
    RobotsRecord,
)
from monitor.model.readings import (
    Existing,
    Outcome,
    Reading,
    Task,
)
from monitor.model.served import (
    Entry,
    FeedDocument,
    Hints,
    Hop,
    Page,
)
from monitor.model.settings import (
    AlertTarget,
    FeedSource,
    FetchRules,
    KeepRules,
    Schedule,
    Settings,
    Topic,
)
from monitor.model.texts import (
    Access,
    Article,
    Credit,
    Extract,
    Fingerprint,
    Quality,
    QualityKind,
)
from monitor.model.verdicts import (
    Candidates,
    Copy,
    CopyKind,
    Known,
    Link,
    LinkKind,
    Match,
    NearMiss,
    Verdict,
)

__all__ = [
    "Access",
    "AlertTarget",
    "Article",
    "Candidates",
    "Changes",
    "Cooldown",
    "Copy",
    "CopyKind",
    "Credit",
    "Entry",
    "EntryState",
    "Existing",
    "Extract",
    "Feed",
    "FeedDocument",
    "FeedSource",
    "FeedState",
    "FetchRules",
    "Fingerprint",
    "Gap",
    "Hints",
    "Hop",
    "KeepRules",
    "Known",
    "KnownEntry",
    "Link",
    "LinkKind",
    "Match",
    "NearMiss",
    "Next",
    "Outcome",
    "Page",
    "Poll",
    "PollOutcome",
    "Quality",
    "QualityKind",
    "Reading",
    "RobotsRecord",
    "Schedule",
    "Settings",
    "Task",
    "Topic",
    "Verdict",
]
