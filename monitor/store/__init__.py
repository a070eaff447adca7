"""The room of the database: tables, rows in and out. The only room that opens it for writing.

`Store` (writer.py) owns the one writing connection and its thread; `Books` (books.py) is what work does
inside a transaction; `queries` reads for the commands without any of it; `lock` keeps a second daemon out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from monitor.store.writer import Store

__all__ = ["Store"]


def __getattr__(name: str) -> Any:
    """`Store` when it is asked for: a command that only reads pays nothing for the writer."""
    if name == "Store":
        from monitor.store.writer import Store

        return Store
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
