"""`monitor` with a wall clock that can be set: a file says how many seconds it is ahead, looked at all the time.

    python tests/soak_daemon.py FILE run -c monitor.yaml

The monotonic clock and the worker processes keep the machine's time, as they would. Two caches are small: else
they would take hours to fill, and nobody could tell them from a leak.
"""

import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path


def follow(path, traveller, ahead):
    """Set the clock whenever the file says another number."""
    wait = threading.Event().wait
    while not wait(0.2):
        text = path.read_text()
        if text and float(text) != ahead:
            traveller.shift(float(text) - ahead)
            ahead = float(text)


def main():
    import time_machine

    from monitor.cli import main as monitor
    from monitor.store import opening, sketches

    opening.CACHE_KIB = 4 * 1024  # as against 32 MB
    sketches.MANY = 500  # texts, as against 32,768

    path = Path(sys.argv[1])
    ahead = float(path.read_text())
    traveller = time_machine.travel(datetime.now(UTC) + timedelta(seconds=ahead), tick=True).start()
    threading.Thread(target=follow, args=(path, traveller, ahead), daemon=True).start()
    sys.argv = ["monitor", *sys.argv[2:]]
    monitor()


if __name__ == "__main__":
    main()
