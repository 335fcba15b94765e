"""One synthesis process for all tests of a session: it takes a second to start and milliseconds to ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from motia_cdk.synth_process import SynthProcess


@pytest.fixture(scope="session")
def synth_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SynthProcess]:
    folder: Path = tmp_path_factory.mktemp("synth")
    with SynthProcess(folder) as process:
        yield process
