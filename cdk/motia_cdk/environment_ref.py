"""What a version needs to know of its environment: plain strings."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields

from motia.errors import CloudError
from motia.names import environment_prefix


@dataclass(frozen=True)
class EnvironmentRef:
    """The environment's resources, by name.

    From `MotiaEnvironment.ref` in the same CDK app, or from the outputs of a deployed stack. api_url: without a slash
    at the end. websocket_endpoint: https address for PostToConnection. websocket_url: wss address for clients; it
    answers when the live version has streams. websocket_*: empty for an environment of an earlier release.
    domain_target: what the DNS record of the settings' domain has to point at.
    """

    project: str
    environment: str
    state_table: str
    stream_table: str
    lock_table: str
    connection_table: str
    deployment_table: str
    bucket: str
    api_id: str
    api_url: str
    websocket_api_id: str = ""
    websocket_endpoint: str = ""
    websocket_url: str = ""
    domain_target: str = ""

    @property
    def prefix(self) -> str:
        return environment_prefix(self.project, self.environment)

    def outputs(self) -> dict[str, str]:
        """As stack outputs, by output key such as `StateTable`; empty ones are left out."""
        return {_output(field.name): value for field in fields(self) if (value := getattr(self, field.name))}

    @classmethod
    def from_outputs(cls, outputs: dict[str, str]) -> EnvironmentRef:
        """From the outputs of a deployed environment stack. CloudError when it is not one of ours."""
        values = {field.name: outputs.get(_output(field.name), "") for field in fields(cls)}
        missing = [_output(field.name) for field in fields(cls) if not values[field.name] and field.default is MISSING]
        if missing:
            raise CloudError(
                f"the environment stack has no output {', '.join(missing)}",
                remedy="deploy again, so that the environment is brought up to date",
            )
        return cls(**values)


def _output(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
