"""Bundles of a project with adapters of its own."""

import json
from dataclasses import replace

from adapter_sources import ALL, KEPT
from motia_project.bundling import Target, build
from motia_project.model import Adapter


def bundled(app, *kinds: str) -> dict[str, object]:
    """Build with these adapters; the descriptor of the Step's bundle."""
    build(replace(app.project(), adapters=tuple(Adapter(kind, "Own") for kind in kinds)), Target.local())
    with app.zip("python/steps/s_step.zip") as archive:
        descriptor: dict[str, object] = json.loads(archive.read("motia.json"))
    return descriptor


def test_the_configuration_and_what_it_imports_go_into_every_bundle(app) -> None:
    app.write("lib/kept.py", KEPT)
    app.write("motia_config.py", ALL)
    app.step("s")
    assert bundled(app, "state", "cron")["adapters"] == ["state", "cron"]
    assert {"motia_config.py", "lib/kept.py"} <= app.files("s")


def test_without_adapters_it_stays_out(app) -> None:
    app.write("motia_config.py", "streamAuth = {}")
    app.step("s")
    assert "adapters" not in bundled(app)
    assert "motia_config.py" not in app.files("s")


def test_an_event_adapter_hears_of_everything_that_is_emitted(app) -> None:
    app.write("motia_config.py", "")
    app.step("s", emits=("heard", "unheard"))
    app.event("e", subscribes=("heard",))
    topics = bundled(app, "events")["topics"]
    assert isinstance(topics, dict)
    names = {topic: [one["name"] for one in subscribers] for topic, subscribers in topics.items()}
    assert names == {"heard": ["e", "(adapter)"], "unheard": ["(adapter)"]}
