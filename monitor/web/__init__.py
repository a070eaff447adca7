"""What people see: the files that make Datasette show readable lists, and the command that serves them.

Writes only beside the database; never opens it. The pages themselves (templates, styles, the small
plugins) lie ready in `beside/` and are copied as they are.
"""

from monitor.web.files import own_files, write_files
from monitor.web.serve import command

__all__ = ["command", "own_files", "write_files"]
