"""The program `monitor`, from its first moment; `python -m monitor` is the same.

A signal ends it in peace, whatever it is loading: while libraries are imported, an exception out of a signal
handler can come up as another one, or be taken for the failure of an import.
"""

from __future__ import annotations

import os
import signal


def main() -> None:
    """Load the command line, and hand over to it."""
    for name in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(name) is not signal.SIG_IGN:
            signal.signal(name, end_now)
    from monitor.cli import main as command_line

    command_line()


def end_now(number: int, frame: object) -> None:  # noqa: ARG001  as signal calls it
    """Nothing is open yet that had to be closed."""
    os._exit(128 + number)


if __name__ == "__main__":
    main()
