"""CPU work in processes that can be killed: parsing feeds, reading pages.

One hostile page costs one page. Nothing here opens the network or the database.
"""

from monitor.workers.pool import Workers

__all__ = ["Workers"]
