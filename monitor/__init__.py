"""`monitor`: a news monitor that loses nothing, shows each story once, and says why."""

__version__ = "0.1.0"
