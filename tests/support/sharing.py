"""How the whole suite is shared out to its processes: what stays together."""

import re

from xdist.scheduler.loadscope import LoadScopeScheduling

# The shape of Otklik that a journey is made in, among its parameters.
SHAPE = re.compile(r"\[(?:.*-)?(embedded|distributed)(?:-.*)?\]$")


class Sharing(LoadScopeScheduling):
    """A file stays together; the journeys of a shape, all of them, share one running suite."""

    def _split_scope(self, nodeid: str) -> str:
        return share_of(nodeid)


def share_of(nodeid: str) -> str:
    """Name what runs in one process, one after the other."""
    file = nodeid.partition("::")[0]
    shape = SHAPE.search(nodeid)
    return f"journeys, {shape[1]}" if shape and "/journeys/" in file else file
