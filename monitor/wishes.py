"""What commands ask of a running daemon: files in a folder beside the database, done by the one writer.

    NAME.part     being written
    NAME.wish     asked; whoever asked may still take it back
    NAME.taken    in the daemon's hand: it will be done, also if the daemon has to start again first
    (gone)        done or refused: the database knows the answer by NAME

A wish is one JSON object. It changes its name by renaming alone, so of taking it back and taking it on exactly
one succeeds, and neither needs room on the disk. Whoever asks keeps a lock on the file for as long as it waits:
a wish that nobody waits for any more and that nobody has taken on is not done.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from monitor.errors import StoreError

ASKED, TAKEN, PART = ".wish", ".taken", ".part"


class Withdrawn(Exception):  # noqa: N818  nothing went wrong
    """Whoever asked for it has taken it back."""


def folder_of(database: Path) -> Path:
    """Where the wishes for this database lie."""
    return database.with_name(database.name + ".wishes")


class Wish:
    """A wish, from the side of the command that has it. Is a file only where `leave` was called.

    `part` names what it is of, where the whole is more: " of the next 20 stories".
    """

    def __init__(self, database: Path, told: dict[str, Any], part: str = "") -> None:
        self.database = database
        self.told = told
        self.part = part
        self.name: str | None = None  # None: it was not left yet
        self._descriptor: int | None = None

    def leave(self) -> None:
        """Write it down, once. Raises `StoreError` where it cannot be written; then there is no file."""
        if self.name is not None:
            return
        folder = folder_of(self.database)
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            self._descriptor, part = tempfile.mkstemp(prefix="", suffix=PART, dir=folder)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._write(Path(part))
        except OSError as error:
            raise StoreError(f"{folder}: cannot be written: {error.strerror}. {self.nothing}") from error
        self.name = Path(part).stem

    @property
    def nothing(self) -> str:
        """What to say where it is not done."""
        return f"Nothing{self.part} was changed."

    def _write(self, part: Path) -> None:
        assert self._descriptor is not None
        try:
            with os.fdopen(os.dup(self._descriptor), "w", encoding="ascii") as file:
                json.dump(self.told, file)
            part.rename(part.with_suffix(ASKED))
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    def is_asked(self) -> bool:
        """Whether nobody has taken it on."""
        return self._file(ASKED).exists()

    def is_open(self) -> bool:
        """Whether it is neither done nor refused nor taken back."""
        return self.is_asked() or self._file(TAKEN).exists()

    def withdraw(self) -> bool:
        """Take it back; False where it is too late for that."""
        try:
            self._file(ASKED).unlink()
        except FileNotFoundError:
            return False
        return True

    def clear(self) -> None:
        """It was done by other means: no daemon finds it any more."""
        if self.name is not None:
            for suffix in (ASKED, TAKEN):
                self._file(suffix).unlink(missing_ok=True)

    def close(self) -> None:
        """Wait for it no longer."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _file(self, suffix: str) -> Path:
        return folder_of(self.database) / f"{self.name}{suffix}"


# ── the daemon's side ────────────────────────────────────────────────────────────────────────────


def to_do(database: Path) -> list[Path]:
    """What was taken on and is not finished, and then what nobody has taken on; the oldest first."""
    return [*_files(database, TAKEN), *_files(database, ASKED)]


def make_ready(database: Path) -> None:
    """See to the folder, so that it is the daemon's user's; remove what killed commands had not written to the end."""
    folder_of(database).mkdir(mode=0o700, exist_ok=True)
    for path in _files(database, PART):
        if not is_waited_for(path):
            path.unlink(missing_ok=True)


def is_waited_for(path: Path) -> bool:
    """Whether the command that asked is still there."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def read(path: Path) -> dict[str, Any]:
    """A wish. Raises `Withdrawn` where it is gone, ValueError for a file that holds none."""
    try:
        told = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise Withdrawn from None
    if not isinstance(told, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004  as json says it of everything else
    return told


def take(path: Path) -> None:
    """Take a wish on, if that is not done already. Raises `Withdrawn` where it was taken back."""
    if path.suffix != TAKEN:
        try:
            path.rename(path.with_suffix(TAKEN))
        except FileNotFoundError:
            raise Withdrawn from None


def hand_back(path: Path) -> None:
    """It could not be done now: whoever asked may take it back again. What nobody waits for stays taken on."""
    taken = path.with_suffix(TAKEN)
    with contextlib.suppress(FileNotFoundError):
        if is_waited_for(taken):
            taken.rename(path.with_suffix(ASKED))


def finish(path: Path) -> None:
    """It is done or refused."""
    for suffix in (ASKED, TAKEN):
        path.with_suffix(suffix).unlink(missing_ok=True)


def _files(database: Path, suffix: str) -> list[Path]:
    found: list[tuple[int, str, Path]] = []
    with contextlib.suppress(FileNotFoundError):
        for path in folder_of(database).iterdir():
            with contextlib.suppress(FileNotFoundError):
                if path.suffix == suffix:
                    found.append((path.stat().st_mtime_ns, path.name, path))
    return [path for _, _, path in sorted(found)]
