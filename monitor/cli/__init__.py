"""The command line. Imports click and nothing else until a command is chosen: `--help` must be quick."""

from __future__ import annotations

import errno
import importlib
import os
import signal
import sys
from typing import Any, NoReturn

import click

from monitor import __version__
from monitor.errors import MonitorError

# section → command → (module, what it is for)
COMMANDS: dict[str, dict[str, tuple[str, str]]] = {
    "Set up": {
        "init": ("setup", "Write a commented configuration, its schema and the files Datasette needs."),
        "check": ("setup", "Check the configuration; with --online, try every feed once."),
        "schema": ("setup", "Print the JSON Schema of the configuration."),
    },
    "Watch": {
        "run": ("watch", "Watch, in the foreground, until stopped."),
        "poll": ("watch", "One pass now: feeds, then everything that waits to be read."),
        "status": ("status", "Is it alive, what is late, what fails, where are gaps."),
        "coverage": ("coverage", "What was caught of what the outlets say they published."),
    },
    "Look": {
        "search": ("look", "Search the archive, newest first."),
        "explain": ("look", "Everything that was decided about a URL, entry or article, and why."),
        "story": ("story", "A story's copies on a timeline; merge and split stories."),
        "event": ("event", "The stories of an event on a timeline; put them together or apart by hand."),
        "topics": ("topics", "The topics; try a query, compare two versions, score, apply."),
        "label": ("label", "Say whether an article belongs to a topic."),
        "alerts": ("alerts", "Where stories are announced, what was sent, what waits and why."),
        "feeds": ("feeds", "The feeds, and how they do; find, add, import, export."),
    },
    "Decide again": {
        "dedup": (
            "dedup",
            "What the present code would make of the archive: copies and stories, decided again.",
        ),
    },
    "Bring in": {
        "import": ("bring", "Earlier stories from text, HTML, JSON-lines or WARC files."),
        "extract": ("bring", "What the extractor sees in a page, as JSON."),
    },
    "Take out": {
        "export": ("export", "Articles, stories or copies with what they cover; or raw pages as WARC."),
        "reextract": ("export", "Read the kept raw pages again: what a newer extractor sees otherwise."),
    },
    "Care": {
        "backup": ("care", "A whole, checked copy of the database, also while it is in use."),
        "verify": ("care", "Read everything again: does the archive still say what it said."),
        "prune": ("care", "Let go of what `keep:` says is old."),
        "doctor": ("doctor", "Name what is wrong, and what to do about it."),
    },
    "Show": {
        "serve": ("show", "Datasette on the database."),
        "demo": ("show", "A newsroom on this machine, watched while you look."),
    },
}
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}  # where output goes; the database has errors of its own
PLACES = {name: place for section in COMMANDS.values() for name, place in section.items()}


class Commands(click.Group):
    """A group that knows its commands by name and imports one only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Every command, in the order of the help page."""
        return list(PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the module of one command."""
        if cmd_name not in PLACES:
            return None
        module = importlib.import_module(f"monitor.cli.{PLACES[cmd_name][0]}")
        command: click.Command = getattr(module, f"{cmd_name}_")
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Name the nearest command where a word is none."""
        import difflib

        if args and not args[0].startswith("-") and args[0] not in PLACES:
            near = difflib.get_close_matches(args[0], PLACES, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else " `monitor --help` lists them."
            raise click.UsageError(f"there is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The commands by purpose, without importing one."""
        for section, commands in COMMANDS.items():
            with formatter.section(section):
                formatter.write_dl([(name, text) for name, (_, text) in commands.items()])


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "MONITOR"}
)
@click.version_option(__version__, prog_name="monitor")
@click.option(
    "-c",
    "--config",
    metavar="FILE",
    envvar="MONITOR_CONFIG",
    help="The configuration. Default: config/monitor.yaml",
)
@click.pass_context
def cli(ctx: click.Context, config: str | None) -> None:
    """Watch the news: nothing lost, nothing twice, and every decision says why."""
    ctx.obj = {"config": config}


def main() -> NoReturn:
    """Run a command and turn what went wrong into a sentence and an exit code."""
    open_streams()
    signal.signal(signal.SIGTERM, terminated)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        status = status_of_command()
    except RuntimeError as error:
        status = signalled(error)
    raise SystemExit(status)


def status_of_command() -> int:
    """The exit code of the command that the arguments name; its errors are told."""
    status: int
    try:
        status = cli.main(standalone_mode=False) or 0
    except click.exceptions.Exit as error:
        status = error.exit_code
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except MonitorError as error:
        click.echo(f"monitor: {error}", err=True)
        status = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        status = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 141
    except OSError as error:
        if error.filename is None and error.errno in FULL:
            click.echo(f"monitor: what was asked for could not be written: {error.strerror}.", err=True)
            return 1
        if error.filename is None:  # not about a file of the user's: a fault of ours, to be seen whole
            raise
        click.echo(f"monitor: {error.filename}: {error.strerror}.", err=True)
        status = 1
    return status


def signalled(error: RuntimeError) -> int:
    """The exit code where this error is a signal in disguise; else raises it again.

    Before Python 3.12, whatever is raised while a class is being made comes up as the cause of a RuntimeError.
    """
    if isinstance(error.__cause__, KeyboardInterrupt):
        return 130
    if isinstance(error.__cause__, SystemExit):
        return 143
    raise error


def open_streams() -> None:
    """Put /dev/null in the place of standard streams that were closed: else a file of ours would be one of them."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115  for as long as we run
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115


def terminated(*_: object) -> NoReturn:
    """SIGTERM to any command but `run`, which has its own way to end."""
    raise SystemExit(143)
