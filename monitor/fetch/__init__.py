"""The room of the network: the only one that opens sockets to the world.

`Client.get` is its one door: a page, or the reason why there is none. Contains no judgement of what
came back; statuses and bodies are handed on as they are.
"""

from monitor.fetch.client import Client as Client
from monitor.fetch.robots import RobotsMemory as RobotsMemory
