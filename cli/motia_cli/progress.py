"""What a deploy tells, as lines of text: one a resource, short enough to follow."""

from __future__ import annotations

from motia_cdk.deploy.progress import (
    Connected,
    Event,
    Note,
    ResourceChanged,
    StackFailed,
    StackFinished,
    StackStarted,
    Swept,
    Uploaded,
    Uploading,
    Waits,
    WentLive,
)
from motia_cli.output import Console


class Progress:
    """Prints the events of a deploy. verbose: resources in progress too, not only those that finished."""

    def __init__(self, console: Console, *, verbose: bool = False) -> None:
        self.console = console
        self.verbose = verbose

    def __call__(self, event: Event) -> None:
        match event:
            case Connected(account, region, arn):
                self.console.step(f"Account {account} in {region}", arn)
            case Uploading(0, unchanged, _):
                self.console.step(f"Nothing to upload, {unchanged} bundles unchanged")
            case Uploading(missing, unchanged, size):
                self.console.note(f"  Uploading {missing} bundles, {_size(size)}; {unchanged} unchanged")
            case Uploaded(_, _, done, total):
                if done == total:
                    self.console.step(f"Uploaded {total}")
            case StackStarted(stack, action):
                self.console.note(f"  {stack}: {action}")
            case ResourceChanged():
                self._resource(event)
            case StackFinished(stack, changed, duration_s):
                self.console.step(f"{stack} {'is ready' if changed else 'is unchanged'}", f"{duration_s:.1f} s")
            case StackFailed(stack, cause):
                self.console.warning(f"{stack} failed and is being rolled back: {cause}")
            case WentLive(version, previous):
                self.console.step(f"{version} is live", f"was {previous}" if previous else "")
            case Waits(version, live):
                self.console.step(f"{version} is deployed; {live} stays live until 'motia cloud promote {version}'")
            case Swept(version, action):
                self.console.note(f"  {version}: {action}")
            case Note(text, warning):
                self.console.warning(text) if warning else self.console.note(f"  {text}")

    def _resource(self, event: ResourceChanged) -> None:
        failed = "FAILED" in event.status
        if not (self.verbose or failed or event.status.endswith("_COMPLETE")):
            return
        kind = event.type.removeprefix("AWS::")
        status = self.console.style(event.status, "red" if failed else "dim")
        reason = f"  {event.reason}" if failed and event.reason else ""
        self.console.note(f"    {status:<24} {kind:<34} {event.logical_id}{reason}")


def _size(size: int) -> str:
    return f"{size / 1_048_576:.1f} MB" if size >= 1_048_576 else f"{size / 1024:.0f} KB"
