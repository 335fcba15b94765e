"""What the entry points are told of a project."""

from motia.descriptor import BundleDescriptor, RemoteRules
from motia_project.descriptors import describe_access, describe_bundle, describe_streams
from motia_project.model import Adapter, Language, Project, Stream, StreamAuth
from typed_projects import api, project


def stream(name: str, language: Language, *, can_access: bool = True) -> Stream:
    ending = "_stream.py" if language == "python" else ".stream.ts"
    return Stream(name, name, language, f"steps/{name}{ending}", None, can_access)


def changed(given: Project, **changes: object) -> Project:
    return Project(**{**vars(given), **changes})  # type: ignore[arg-type]


MIXED = project(stream("chat", "node"), stream("news", "python"), stream("open", "node", can_access=False))


def test_a_rule_in_typescript_is_another_functions() -> None:
    described = describe_streams(MIXED)
    assert described.streams == ("chat", "news", "open")
    assert described.guards == {"news": "steps/news_stream.py"}
    assert described.remote == RemoteRules(("chat",))
    assert describe_access(MIXED).guards == {"chat": "steps/chat.stream.ts"}
    assert BundleDescriptor.from_json(described.to_json()) == described


def test_so_is_the_stream_auth_of_a_typescript_config() -> None:
    plain = project(stream("chat", "python"))
    assert describe_streams(changed(plain, stream_auth=StreamAuth("python"))).remote is None
    assert describe_streams(changed(plain, stream_auth=StreamAuth("node"))).remote == RemoteRules(auth=True)


def test_and_what_an_adapter_in_typescript_keeps() -> None:
    adapters = (Adapter("streams", "RedisStream", language="node"), Adapter("state", "RedisState", language="node"))
    kept = changed(project(stream("chat", "node", can_access=False), api("A")), adapters=adapters)
    described = describe_streams(kept)
    assert (described.remote, described.adapters) == (RemoteRules(items=True), ())
    assert describe_access(kept).adapters == ("streams",)
    assert describe_bundle(kept, kept.steps).adapters == ("streams", "state")


def test_python_alone_asks_nobody() -> None:
    described = describe_streams(project(stream("chat", "python"), api("A", language="python")))
    assert described.remote is None
    assert "remote" not in described.to_json()
