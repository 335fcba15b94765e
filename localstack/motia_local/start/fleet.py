"""Workers with a line each for the connections they serve; none leaves before its requests are answered."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any, ClassVar

from motia_local.start.line import Line, NodeLine
from motia_local.workers.fleet import Fleet
from motia_local.workers.member import Member


class ServingFleet(Fleet):
    """A fleet whose members may be given connections."""

    line_type: ClassVar[type[Line]] = Line

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.lines: dict[Member, Line] = {}
        self.stopping = False

    async def _start(self, member: Member, *descriptors: int, variables: Mapping[str, str] | None = None) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        line = self.lines[member] = self.line_type(ours, theirs.fileno(), member.progress.shared)
        variables = {**(variables or {}), **line.variables(theirs.fileno())}
        try:
            await super()._start(member, *descriptors, theirs.fileno(), variables=variables)
        except BaseException:
            self.lines.pop(member, None)
            line.close()
            raise
        finally:
            theirs.close()

    def retire(self, member: Member) -> None:
        """Give it no more work; it is dismissed when its requests are answered and it has told so."""
        line = self.lines.get(member)
        if line is None or line.state in ("unused", "left"):
            super().retire(member)
            return
        member.retiring = True
        if line.state == "open":
            line.state = "leaving"
            member.process.send({"t": "unfront", "stopping": self.stopping})

    def left(self, member: Member) -> None:
        """Its requests are answered."""
        self.lines[member].state = "left"
        self.retire(member)

    def best(self) -> Line | None:
        """The line with the fewest connections, of those that take one."""
        found = None
        for member, line in self.lines.items():
            takes = line.state == "open" and member.usable and member.generation == self.generation
            if takes and (found is None or len(line.clients) < len(found.clients)):
                found = line
        return found


class NodeServingFleet(ServingFleet):
    """A fleet of Node workers."""

    line_type = NodeLine
