"""The app of the reference in every place, and the table of what was found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.sentences import LANGUAGES, Row, all_rows
from conformance.table import DOCUMENT, ONCE, render
from parity.places import Place
from parity.serving import everywhere, start

APPS = {"python": "reference", "typescript": "reference-ts"}


@pytest.fixture(scope="session", params=[param for app in APPS.values() for param in everywhere(app, named=True)])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    app, where = request.param
    yield from start(app, where, tmp_path_factory.mktemp(where))


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-table", action="store_true", help="write docs/conformance.md from this run")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sentence(row): the sentence of the API reference that a test is about")
    if config.getoption("--write-table", default=False) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Table(), "conformance-table")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        mark = item.get_closest_marker("sentence")
        if mark is None:
            continue
        row: Row = mark.args[0]
        callspec = getattr(item, "callspec", None)
        params = callspec.params if callspec is not None else {}
        app, where = params.get("place", (None, ONCE))
        languages = [known for known in LANGUAGES if app == APPS[known] or params.get("language") == known] or LANGUAGES
        item.user_properties += [("sentence", [row.section, row.text]), ("runs", [[k, where] for k in languages])]
        for absent in (where, *(languages if len(languages) == 1 else ())):
            if absent in row.absent:
                item.add_marker(pytest.mark.skip(reason=row.absent[absent]))
        if where == "emulator":
            item.add_marker(pytest.mark.emulator)
        if where != ONCE:
            item.add_marker(pytest.mark.timeout(240))


class _Table:
    """Collects the outcomes of a run, of all its workers, and writes the page at its end."""

    def __init__(self) -> None:
        self.outcomes: dict[tuple[str, str], dict[tuple[str, str], str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        known = dict(report.user_properties)
        if "sentence" not in known or report.skipped:
            return
        section, text = known["sentence"]
        found = self.outcomes.setdefault((section, text), {})
        for run in known["runs"]:
            if report.failed:
                found[tuple(run)] = "fail"
            elif report.when == "call":
                found.setdefault(tuple(run), "pass")

    def pytest_sessionfinish(self) -> None:
        rows = all_rows()
        if missing := [row.test for row in rows if row.key not in self.outcomes]:
            raise pytest.UsageError(f"not run, so the table is not written: {', '.join(missing)}")
        DOCUMENT.write_text(render(rows, self.outcomes), encoding="utf-8")
