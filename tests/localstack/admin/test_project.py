"""The project as `/__motia/` shows it: info, problems, flows, endpoints, Steps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from localstack.admin.conftest import Admin
from localstack.server.conftest import Site


def test_the_server_says_what_it_is(admin: Admin, shop: Site) -> None:
    info = admin.get("")
    assert info["version"]
    assert (info["isDev"], info["isTutorialDisabled"], info["workbenchBase"]) == (True, True, "")
    assert info["root"] == str(shop.root)


def test_problems_are_those_of_the_console(admin: Admin) -> None:
    problems = admin.get("/problems")
    assert {problem["file"] for problem in problems if problem["severity"] == "error"} == {"steps/broken_step.py"}
    assert "name" in {problem["key"] for problem in problems}


def test_a_flow_has_its_steps_and_what_leads_from_one_to_the_other(admin: Admin) -> None:
    flows = {flow["name"]: flow for flow in admin.get("/flows")}
    assert list(flows) == ["nights", "orders", "ü/#"]
    assert [step["name"] for step in flows["orders"]["steps"]] == ["Approve", "Charge", "Create"]
    create = flows["orders"]["steps"][2]
    assert create == {
        "id": "Create",
        "name": "Create",
        "description": "Takes an order",
        "type": "api",
        "emits": [{"topic": "order.created", "label": "new", "conditional": True}, "order.audit"],
        "virtualEmits": ["approval.requested"],
        "action": "webhook",
        "webhookUrl": "POST /orders/:id",
        "bodySchema": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
        "language": "python",
        "nodeComponentPath": "steps/create_step.tsx",
        "filePath": "steps/create_step.py",
    }
    assert flows["nights"]["steps"][0]["cronExpression"] == "0 3 * * *"
    assert flows["orders"]["edges"] == [
        {
            "id": "Create-Approve",
            "source": "Create",
            "target": "Approve",
            "data": {"variant": "virtual", "topic": "order.audit", "labelVariant": "default"},
        },
        {
            "id": "Create-Approve-approval.requested",
            "source": "Create",
            "target": "Approve",
            "data": {"variant": "virtual", "topic": "approval.requested", "labelVariant": "default"},
        },
        {
            "id": "Create-Charge",
            "source": "Create",
            "target": "Charge",
            "data": {"variant": "event", "topic": "order.created", "label": "new", "labelVariant": "conditional"},
        },
    ]


def test_one_flow_is_found_whatever_its_name(admin: Admin) -> None:
    assert [step["name"] for step in admin.get("/flows/%C3%BC%2F%23")["steps"]] == ["Create"]
    assert admin.ask("GET", "/flows/none").json() == {"error": "Flow not found"}


def test_positions_of_nodes_are_kept_in_the_workbench_s_file(admin: Admin, shop: Site) -> None:
    file = shop.root / "motia-workbench.json"
    file.write_text(json.dumps([{"id": "other", "config": {"a": {"x": 1, "y": 2}}}]))
    assert admin.get("/flows/orders/config") == {"id": "orders", "config": {}}
    config = {"steps/create_step.py": {"x": 1.5, "y": -2, "sourceHandlePosition": "right"}}
    saved = admin.ask("POST", "/flows/orders/config", {"id": "orders", "config": config})
    assert saved.json() == {"message": "Flow config saved successfully"}
    assert admin.get("/flows/orders/config") == {"id": "orders", "config": config}
    assert admin.ask("POST", "/flows/orders/config", {"config": {}}).status == 200
    assert json.loads(file.read_text()) == [
        {"id": "other", "config": {"a": {"x": 1, "y": 2}}},
        {"id": "orders", "config": {}},
    ]
    assert [path.name for path in shop.root.iterdir() if "workbench" in path.name] == ["motia-workbench.json"]
    file.unlink()


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/flows/none/config", {"config": {}}, 404),
        ("/flows/orders/config", {"id": "nights", "config": {}}, 400),
        ("/flows/orders/config", {"config": {"a": {"x": "left", "y": 0}}}, 422),
        ("/flows/orders/config", b'{"config": {"a": {"x": NaN, "y": 0}}}', 422),
        ("/flows/orders/config", b'{"config": {"a": {"x": 1, "y": 0, "z": Infinity}}}', 400),
        ("/flows/orders/config", {"config": []}, 422),
        ("/flows/orders/config", b"{", 422),
    ],
)
def test_what_are_no_positions_is_refused(admin: Admin, shop: Site, path: str, body: object, status: int) -> None:
    assert admin.ask("POST", path, body).status == status
    assert not (shop.root / "motia-workbench.json").exists()


@pytest.mark.parametrize("text", ["{", "{}", "[1]"])
def test_a_file_that_is_not_the_workbench_s_is_left_alone(admin: Admin, shop: Site, text: str) -> None:
    file = shop.root / "motia-workbench.json"
    file.write_text(text)
    assert admin.ask("POST", "/flows/orders/config", {"config": {}}).status == 409
    assert admin.ask("GET", "/flows/orders/config").status == 409
    assert file.read_text() == text
    file.unlink()


def test_endpoints_have_their_schemas(admin: Admin) -> None:
    assert admin.get("/endpoints") == [
        {
            "id": "Create",
            "name": "Create",
            "description": "Takes an order",
            "method": "POST",
            "path": "/orders/:id",
            "pathParams": ["id"],
            "queryParams": [{"name": "q", "description": "what"}],
            "bodySchema": {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]},
            "responseSchema": {"202": {"type": "object"}},
            "emits": ["order.created", "order.audit"],
            "flows": ["orders", "ü/#"],
            "filePath": "steps/create_step.py",
        }
    ]


def test_the_source_of_a_step_is_that_on_disk(admin: Admin, shop: Site) -> None:
    assert [step["name"] for step in admin.get("/steps")] == ["Approve", "Charge", "Create", "Nightly"]
    file = shop.root / "steps/nightly_step.py"
    before = file.read_bytes()
    file.write_bytes(before + b"# \xff\n")
    assert admin.get("/step/Nightly") == {
        "id": "Nightly",
        "content": before.decode() + "# \ufffd\n",
        "features": [],
    }
    file.unlink()
    assert admin.ask("GET", "/step/Nightly").json() == {"error": "Failed to read step file"}
    file.write_bytes(before)


@pytest.mark.parametrize("id", ["none", "..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd", "create_step.py", "%00"])
def test_only_steps_have_a_source(admin: Admin, id: str) -> None:
    assert admin.ask("GET", f"/step/{id}").json() == {"error": "Step not found"}


def test_a_saved_step_is_seen(tmp_path: Path, site: Site) -> None:
    site.api("one", "GET", "/one", "return {'status': 200}")
    site.start()
    paths = [site.call("GET", "/openapi.json").json()["paths"]]
    site.api("two", "GET", "/two", "return {'status': 200}")
    site.live.reload()
    paths.append(site.call("GET", "/openapi.json").json()["paths"])
    assert [list(found) for found in paths] == [["/one"], ["/one", "/two"]]
    assert [endpoint["path"] for endpoint in Admin(site).get("/endpoints")] == ["/one", "/two"]
