"""The way into `/__motia/` of a live server."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from pathlib import Path

import pytest

from localstack.admin.conftest import Admin, make_site
from localstack.server.conftest import Site

STARTED_THEN_ASKED = """
import sys, urllib.request
from pathlib import Path
from motia_local.server import ServerOptions, start_local
with start_local(Path.cwd(), ServerOptions(memory=True, workers=1)) as live:
    address = f"http://127.0.0.1:{live.server.port}"
    urllib.request.urlopen(f"{address}/hello").read()
    urllib.request.urlopen(f"{address}/openapi.json").read()
    print("fastapi" in sys.modules)
    urllib.request.urlopen(f"{address}/__motia").read()
    print("fastapi" in sys.modules)
"""


def test_fastapi_is_loaded_with_the_first_question(tmp_path: Path) -> None:
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps/hello_step.py").write_text(
        "config = {'type': 'api', 'name': 'Hello', 'path': '/hello', 'method': 'GET', 'emits': []}\n"
        "async def handler(req, context):\n    return {'status': 200, 'body': {}}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", STARTED_THEN_ASKED], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert [line for line in done.stdout.splitlines() if line in ("True", "False")] == ["False", "True"], done


def test_answers_are_for_the_server_s_own_pages_alone(admin: Admin) -> None:
    for path in ("", "/nothing", "/state?limit=x"):
        headers = admin.ask("GET", path).headers
        assert not [name for name in headers if name.startswith("access-control-")]
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
    refused = admin.ask("GET", "", origin="https://evil.example")
    assert (refused.status, "access-control-allow-origin" in refused.headers) == (403, False)


def test_a_preflight_is_not_granted(admin: Admin) -> None:
    answer = admin.ask("OPTIONS", "/state", origin="https://evil.example", access_control_request_method="POST")
    assert (answer.status, "access-control-allow-origin" in answer.headers) == (403, False)
    assert admin.ask("OPTIONS", "/state").status == 405


def test_a_page_elsewhere_reads_and_changes_nothing(admin: Admin, shop: Site) -> None:
    value = {"groupId": "g", "key": "k", "value": 1}
    assert admin.ask("POST", "/state", value, origin="http://localhost:5173").status == 403
    assert admin.ask("POST", "/state", value, host="evil.example").status == 403
    assert admin.ask("POST", "/state", value, content_type="text/plain").status == 415
    assert admin.ask("DELETE", "/logs", content_type="text/plain").status == 415
    assert admin.ask("GET", "/state", sec_fetch_site="cross-site").status == 403
    assert shop.state("g", "k") is None
    own = f"http://127.0.0.1:{shop.live.server.port}"
    assert admin.ask("POST", "/state", value, origin=own, sec_fetch_site="same-origin").status == 200
    assert shop.state("g", "k") == 1


def test_a_server_for_others_wants_its_token(tmp_path: Path) -> None:
    site = make_site(tmp_path, host="0.0.0.0", admin_token="secret")
    try:
        admin = Admin(site, {"paths": {}})
        refused = site.call("GET", "/__motia")
        assert (refused.status, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert "MOTIA_ADMIN_TOKEN" in refused.json()["error"]
        allowed = {"authorization": "Bearer secret"}
        assert site.call("GET", "/__motia", headers=allowed).status == 200
        assert site.call("GET", "/__motia", headers={**allowed, "host": "box.example:3000"}).status == 200
        assert site.call("POST", "/emit", {"topic": "x", "data": 1}).status == 401
        assert site.call("POST", "/emit", {"topic": "x", "data": 1}, allowed).status == 200
        assert site.call("POST", "/orders/1", {"n": 1}).status == 202  # Steps decide for themselves
        assert site.call("GET", "/openapi.json").status == 200
        assert admin.site is site
    finally:
        site.live.stop()


@pytest.mark.parametrize("env", [{}, {"MOTIA_ADMIN_TOKEN": "from-the-environment"}])
def test_a_new_token_is_printed_once_and_a_given_one_never(tmp_path: Path, env: dict[str, str]) -> None:
    program = (
        "from pathlib import Path; from motia_local.server import ServerOptions, start_local\n"
        "with start_local(Path.cwd(), ServerOptions(memory=True, workers=1, host='0.0.0.0')) as live:\n"
        "    Path('token').write_text(live.server.guard.token)\n"
    )
    clean = {key: value for key, value in os.environ.items() if key != "MOTIA_ADMIN_TOKEN"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env={**clean, **env}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    token = (tmp_path / "token").read_text()
    assert done.stdout.count(token) == (0 if env else 1), done.stdout
    assert token == env.get("MOTIA_ADMIN_TOKEN", token)


def test_too_large_a_body_is_refused(admin: Admin, shop: Site) -> None:
    limit = shop.live.server.app.max_body_bytes
    connection = http.client.HTTPConnection("127.0.0.1", shop.live.server.port, timeout=10)
    connection.putrequest("POST", "/__motia/state")
    connection.putheader("content-type", "application/json")
    connection.putheader("content-length", str(limit + 1))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_a_path_beside_the_prefix_is_the_steps(admin: Admin, shop: Site) -> None:
    for path in ("/__motiax", "/__MOTIA", "/%5f_motia/state", "//__motia/state"):
        assert shop.call("GET", path).json() == {"message": "Not Found"}
    assert admin.ask("GET", "/nothing").json() == {"error": "Not Found"}
    assert admin.get("/") == admin.get("")
