"""The two documents: of the project's API, and of `/__motia/` itself."""

from __future__ import annotations

from openapi_spec_validator import OpenAPIV31SpecValidator

from localstack.admin.conftest import Admin
from localstack.server.conftest import Site


def test_the_api_steps_are_described_at_openapi_json(shop: Site) -> None:
    answer = shop.call("GET", "/openapi.json")
    document = answer.json()
    OpenAPIV31SpecValidator(document).validate()
    assert list(document["paths"]) == ["/orders/{id}"]
    assert document["paths"]["/orders/{id}"]["post"]["operationId"] == "Create"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert shop.call("HEAD", "/openapi.json").body == b""
    assert shop.call("POST", "/openapi.json", {}).status == 404


def test_a_step_at_openapi_json_is_the_one_that_answers(site: Site) -> None:
    site.api("own", "GET", "/openapi.json", "return {'status': 200, 'body': {'mine': True}}")
    site.start()
    assert site.call("GET", "/openapi.json").json() == {"mine": True}


def test_the_admin_api_is_described_in_full(admin: Admin) -> None:
    document = admin.site.call("GET", "/__motia/openapi.json").json()
    OpenAPIV31SpecValidator(document).validate()
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations) > 30
    for operation in operations:
        assert operation["tags"]
        assert operation["description"]
    assert document["components"]["securitySchemes"]


def test_what_loads_scripts_from_elsewhere_is_not_there(admin: Admin) -> None:
    for path in ("/docs", "/redoc"):
        assert admin.ask("GET", path).status == 404
    assert admin.site.call("GET", "/docs").status == 404
