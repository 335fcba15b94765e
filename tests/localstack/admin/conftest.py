"""A server with a project that has one of everything, and a client that holds every answer to the documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from localstack.server.conftest import Answer, Site, site

__all__ = ["site"]

STEPS = {
    "steps/create_step.py": """
        config = {"type": "api", "name": "Create", "path": "/orders/:id", "method": "POST", "flows": ["orders", "ü/#"],
                  "emits": [{"topic": "order.created", "label": "new", "conditional": True}, "order.audit"],
                  "virtualEmits": ["approval.requested"], "description": "Takes an order",
                  "bodySchema": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
                  "responseSchema": {202: {"type": "object"}}, "queryParams": [{"name": "q", "description": "what"}]}

        async def handler(req, context):
            context.logger.info("created", {"n": req["body"]["n"]})
            if req["body"]["n"] < 0:
                raise ValueError("negative")
            await context.state.set("orders", req["pathParams"]["id"], req["body"])
            await context.streams.feed.set("all", req["pathParams"]["id"], req["body"])
            await context.emit({"topic": "order.created", "data": req["body"]})
            return {"status": 202, "body": {"traceId": context.trace_id}}
        """,
    "steps/charge_step.py": """
        config = {"type": "event", "name": "Charge", "subscribes": ["order.created"], "emits": [], "flows": ["orders"],
                  "input": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
                  "infrastructure": {"queue": {"type": "standard", "maxRetries": 0}}}

        async def handler(data, context):
            context.logger.warn("charged", {"n": data["n"]})
            if data["n"] == 13:
                raise ValueError("unlucky")
        """,
    "steps/approve_step.py": """
        config = {"type": "noop", "name": "Approve", "virtualSubscribes": ["approval.requested", "order.audit"],
                  "virtualEmits": [], "flows": ["orders"]}
        """,
    "steps/nightly_step.py": """
        config = {"type": "cron", "name": "Nightly", "cron": "0 3 * * *", "emits": [], "flows": ["nights"]}

        async def handler(context):
            pass
        """,
    "steps/feed_stream.py": """
        config = {"name": "feed", "schema": {"type": "object"}, "baseConfig": {"storageType": "default"}}
        """,
    "steps/broken_step.py": "config = {'type': 'api'}\n",
    "steps/create_step.tsx": "",
}


@dataclass
class Admin:
    """Asks a live server. Answers are compared with `/__motia/openapi.json`."""

    site: Site
    document: dict[str, Any] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """A request below `/__motia`; JSON unless `body` is bytes. headers: names with `_` for `-`."""
        sent = {"content-type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
        answer = self.site.call(method, f"/__motia{path}", body, sent)
        assert answer.status < 500, (method, path, answer)
        if answer.status in (404, 405):
            assert list(answer.json()) == ["error"]
        elif method != "OPTIONS":
            self.check(method, path, answer)
        return answer

    def get(self, path: str) -> Any:
        """The JSON of an answer with status 200."""
        answer = self.ask("GET", path)
        assert answer.status == 200, answer
        return answer.json()

    def check(self, method: str, path: str, answer: Answer) -> None:
        """The answer is one that the documentation has."""
        if not self.document:
            self.document = self.site.call("GET", "/__motia/openapi.json").json()
        plain = f"/__motia{path}".partition("?")[0].removesuffix("/")
        templates = sorted(self.document["paths"], key=lambda template: template.count("{"))
        template = next(one for one in templates if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", one), plain))
        responses = self.document["paths"][template][method.lower()]["responses"]
        content = responses.get(str(answer.status), {}).get("content")
        if answer.status == 204:
            assert answer.body == b""
        elif answer.status == 415:
            assert list(answer.json()) == ["error"]
        else:
            schema = {**content["application/json"]["schema"], "components": self.document["components"]}
            assert [error.message for error in Draft202012Validator(schema).iter_errors(answer.json())] == []


def make_site(root: Path, **options: Any) -> Site:
    site = Site(root, {"memory": True, "workers": 1, "dev": True, **options})
    for file, source in STEPS.items():
        site.write(file, source)
    site.start()
    return site


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The project, served, for all tests of a module."""
    site = make_site(tmp_path_factory.mktemp("shop"))
    yield site
    site.live.stop()


@pytest.fixture(scope="module")
def admin(shop: Site) -> Admin:
    return Admin(shop)


def order(site: Site, id: str, n: int) -> str:
    """Post an order and wait until everything it starts is over; its trace id, empty when it failed."""
    answer = site.call("POST", f"/orders/{id}", {"n": n})
    assert site.live.wait_idle()
    return str(answer.json().get("traceId", ""))
