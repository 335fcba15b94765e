"""The backend of a sandbox comes from its environment, once."""

from __future__ import annotations

import pytest

import motia.aws
from motia.aws.sandbox import open_backend
from motia.errors import CloudError

ENVIRON = {
    "AWS_REGION": "eu-central-1",
    "MOTIA_PREFIX": "shop_prod_v1",
    "MOTIA_QUEUE_BASE": "https://sqs.eu-central-1.amazonaws.com/1/",
    "MOTIA_STATE_TABLE": "state",
    "MOTIA_STREAM_TABLE": "streams",
    "MOTIA_LOCK_TABLE": "locks",
    "MOTIA_BUCKET": "bucket",
}


@pytest.mark.parametrize("name", sorted(ENVIRON))
def test_what_is_missing_is_named(name: str) -> None:
    environ = {key: value for key, value in ENVIRON.items() if key != name}
    with pytest.raises(CloudError, match=name):
        open_backend(environ)


def test_opening_calls_nobody_and_needs_no_credentials() -> None:
    backend = open_backend(ENVIRON)
    assert backend.queues.url("q") == "https://sqs.eu-central-1.amazonaws.com/1/q"


def test_one_backend_a_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(motia.aws, "_backend", None)
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    assert motia.aws.backend() is motia.aws.backend()
