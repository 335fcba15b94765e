"""Where an emulator answers and as whom to call it."""

from __future__ import annotations

from dataclasses import dataclass

ACCESS_KEY = "test"  # the emulators' own name for the root of the account
SECRET_KEY = "test"
REGION = "us-east-1"


@dataclass(frozen=True)
class Endpoint:
    """An emulator that answers.

    url: `http://127.0.0.1:PORT`. owned: this project started it (False: AWS_ENDPOINT_URL named it).
    started: this call started it.
    """

    url: str
    region: str = REGION
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY
    owned: bool = True
    started: bool = False

    def environment(self) -> dict[str, str]:
        """Variables with which any AWS SDK or the AWS CLI talks to this emulator."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
        }
