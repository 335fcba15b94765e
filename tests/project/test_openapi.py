"""The OpenAPI document of a project, judged by the specification's own validator."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel

from motia.names import step_id
from motia_project.model import Project, Step
from motia_project.openapi import make_openapi
from motia_project.settings import Settings


def api(name: str = "Hello", path: str = "/hello", method: str = "GET", **config: Any) -> Step:
    flows = tuple(config.get("flows", ()))
    whole = {"type": "api", "name": name, "path": path, "method": method, "emits": [], **config}
    return Step(name, step_id(name), "api", "python", f"steps/{name}_step.py", whole, flows, method=method, path=path)


def document(*steps: Step, **options: Any) -> dict[str, Any]:
    """The document of a project with these Steps; it is valid, and all its references lead somewhere."""
    made = make_openapi(Project(Path("/shop"), Settings(name="shop"), steps), **options)
    text = json.loads(json.dumps(made))
    OpenAPIV31SpecValidator(text).validate()
    for reference in references(text):
        find(text, reference)
    return made


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [found for item in value.values() for found in references(item)]
    return [found for item in value for found in references(item)] if isinstance(value, list) else []


def find(text: dict[str, Any], reference: str) -> Any:
    assert reference.startswith("#/components/schemas/"), reference
    target: Any = text
    for part in reference[2:].split("/"):
        target = target[part.replace("~1", "/").replace("~0", "~")]
    return target


def only(made: dict[str, Any]) -> dict[str, Any]:
    """The one operation of a document."""
    ((item,),) = [[item.values()] for item in made["paths"].values()]
    (operation,) = item
    return operation


def test_a_step_is_an_operation() -> None:
    made = document(api("GetUser", "/users/:id", description="One user", flows=["users", "admin"]))
    assert made["openapi"] == "3.1.0"
    assert made["info"] == {"title": "shop", "version": "1.0.0"}
    assert made["tags"] == [{"name": "users"}, {"name": "admin"}]
    assert made["paths"] == {
        "/users/{id}": {
            "get": {
                "operationId": "GetUser",
                "summary": "GetUser",
                "description": "One user",
                "tags": ["users", "admin"],
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"default": {"description": "The Step does not say"}},
            }
        }
    }


def test_title_and_version_can_be_given() -> None:
    assert document(title="My API", version="2.1")["info"] == {"title": "My API", "version": "2.1"}


def test_a_project_without_api_steps_has_no_paths() -> None:
    assert document(replace(api(), type="event"))["paths"] == {}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", {"/": []}),
        ("/a/b", {"/a/b": []}),
        ("/a/b/", {"/a/b": []}),
        ("/:a/x/:b", {"/{a}/x/{b}": ["a", "b"]}),
        ("/a/:b?", {"/a/{b}": ["b"], "/a": []}),
        ("/:b?", {"/{b}": ["b"], "/": []}),
        ("/files/*", {"/files/{rest}": ["rest"]}),
        ("/:rest/*", {"/{rest}/{rest2}": ["rest", "rest2"]}),
        ("*", {"/{rest}": ["rest"]}),
        ("/v1.0/~me/@you", {"/v1.0/~me/@you": []}),
    ],
)
def test_paths_are_written_with_braces(path: str, expected: dict[str, list[str]]) -> None:
    paths = document(api(path=path))["paths"]
    assert {
        path: [parameter["name"] for parameter in item["get"].get("parameters", [])] for path, item in paths.items()
    } == expected


def test_routes_that_differ_in_names_of_parameters_are_one_path() -> None:
    made = document(api("Get", "/users/:id"), api("Put", "/users/:name", "PUT"), api("Rest", "/users/*", "DELETE"))
    (item,) = made["paths"].values()
    assert list(made["paths"]) == ["/users/{id}"]
    assert [item[method]["parameters"][0]["name"] for method in ("get", "put", "delete")] == ["id", "id", "id"]
    assert 'pathParams["name"]' in item["put"]["parameters"][0]["description"]
    assert 'pathParams["0"]' in item["delete"]["parameters"][0]["description"]


def test_of_two_steps_for_one_request_the_served_one_is_shown() -> None:
    made = document(api("Any", "/a/:b?"), api("Exact", "/a"), api("Second", "/a"))
    assert made["paths"]["/a"]["get"]["operationId"] == "Exact"
    assert made["paths"]["/a/{b}"]["get"]["operationId"] == "Any"


def test_operation_ids_are_identifiers_and_unique() -> None:
    names = ["get user", "GetUser", "get-user!", "überall", "2nd", "注文"]
    made = document(*(api(name, f"/{number}/:x?") for number, name in enumerate(names)))
    ids = [operation["operationId"] for item in made["paths"].values() for operation in item.values()]
    assert len(set(ids)) == len(ids) == 12
    assert all(id.isascii() and id.replace("-", "_").isidentifier() for id in ids)
    assert ids[:2] == ["GetUserWithoutParameter", "GetUser"]


def test_query_parameters_are_optional_text() -> None:
    made = document(api(queryParams=[{"name": "page", "description": "Which"}, {"name": "q"}, {"name": "page"}]))
    assert only(made)["parameters"] == [
        {"name": "page", "in": "query", "required": False, "description": "Which", "schema": {"type": "string"}},
        {"name": "q", "in": "query", "required": False, "schema": {"type": "string"}},
    ]


def test_a_body_is_required_when_its_schema_needs_something() -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    body = only(document(api(method="POST", bodySchema={**schema, "required": ["name"]})))["requestBody"]
    assert body == {
        "content": {"application/json": {"schema": {**schema, "required": ["name"]}}},
        "required": True,
    }
    assert "required" not in only(document(api(method="POST", bodySchema=schema)))["requestBody"]
    assert only(document(api(method="POST", bodySchema={"type": "array"})))["requestBody"]["required"] is True
    assert "requestBody" not in only(document(api(method="POST", bodySchema=None)))
    assert only(document(api(method="POST", bodySchema=True)))["requestBody"]["content"]


def test_every_status_has_its_response() -> None:
    responses = only(document(api(responseSchema={"404": {"type": "string"}, "201": {"type": "object"}, "204": None})))[
        "responses"
    ]
    assert list(responses) == ["201", "204", "404"]
    assert responses["201"] == {
        "description": "Response for status code 201",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
    assert "content" not in responses["204"]


class Item(BaseModel):
    name: str
    parts: list[Item] = []


class Order(BaseModel):
    items: list[Item]


def test_definitions_become_components_and_equal_ones_are_one() -> None:
    schema = Order.model_json_schema()
    made = document(
        api("Create", "/orders", "POST", bodySchema=schema, responseSchema={"200": schema}), api("Other", "/o")
    )
    assert list(made["components"]["schemas"]) == ["Item"]
    operation = made["paths"]["/orders"]["post"]
    assert operation["requestBody"]["content"]["application/json"]["schema"]["properties"]["items"]["items"] == {
        "$ref": "#/components/schemas/Item"
    }
    assert "$defs" not in json.dumps(made)


def test_different_definitions_of_one_name_are_kept_apart() -> None:
    def schema(kind: str) -> dict[str, Any]:
        return {"type": "object", "properties": {"x": {"$ref": "#/$defs/X"}}, "$defs": {"X": {"type": kind}}}

    made = document(
        api("One", "/1", bodySchema=schema("string")),
        api("Two", "/2", bodySchema=schema("number"), responseSchema={"200": schema("null")}),
        api("Three", "/3", bodySchema=schema("string")),
    )
    assert made["components"]["schemas"] == {
        "X": {"type": "string"},
        "TwoBody_X": {"type": "number"},
        "TwoResponse200_X": {"type": "null"},
    }
    assert json.dumps(made["paths"]["/3"]).count("#/components/schemas/X") == 1


def test_definitions_are_equal_only_if_all_they_refer_to_is() -> None:
    def schema(leaf: str) -> dict[str, Any]:
        return {"$ref": "#/$defs/A", "$defs": {"A": {"items": {"$ref": "#/$defs/B"}}, "B": {"type": leaf}}}

    made = document(api("One", "/1", bodySchema=schema("string")), api("Two", "/2", bodySchema=schema("number")))
    schemas = made["components"]["schemas"]
    assert schemas["A"] == {"items": {"$ref": "#/components/schemas/B"}}
    assert schemas["TwoBody_A"] == {"items": {"$ref": "#/components/schemas/TwoBody_B"}}


def test_a_schema_that_refers_to_itself_is_a_component() -> None:
    tree = {"title": "Tree", "type": "object", "properties": {"left": {"$ref": "#"}, "v": {"$ref": "#/properties/w"}}}
    tree["properties"]["w"] = {"type": "string"}  # type: ignore[index]
    made = document(api(bodySchema=tree))
    assert only(made)["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Tree"}
    properties = made["components"]["schemas"]["Tree"]["properties"]
    assert properties["left"] == {"$ref": "#/components/schemas/Tree"}
    assert properties["v"] == {"$ref": "#/components/schemas/Tree/properties/w"}


def test_tagged_unions_keep_their_mapping() -> None:
    schema = {
        "discriminator": {"propertyName": "kind", "mapping": {"a": "#/$defs/A", "b": "#/$defs/B"}},
        "oneOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}],
        "$defs": {"A": {"type": "object"}, "B": {"type": "object", "properties": {}}},
    }
    shown = only(document(api(bodySchema=schema)))["requestBody"]["content"]["application/json"]["schema"]
    assert shown["discriminator"]["mapping"] == {"a": "#/components/schemas/A", "b": "#/components/schemas/B"}


def test_older_drafts_are_translated() -> None:
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "https://example.com/x",
        "type": "object",
        "properties": {
            "pair": {
                "type": "array",
                "items": [{"type": "string"}, {"$ref": "#/definitions/N"}],
                "additionalItems": False,
            }
        },
        "definitions": {"N": {"type": "number"}},
    }
    shown = only(document(api(bodySchema=schema)))["requestBody"]["content"]["application/json"]["schema"]
    assert shown == {
        "type": "object",
        "properties": {
            "pair": {
                "type": "array",
                "prefixItems": [{"type": "string"}, {"$ref": "#/components/schemas/N"}],
                "items": False,
            }
        },
    }


def test_data_in_a_schema_is_no_schema() -> None:
    schema = {
        "type": "object",
        "properties": {"$ref": {"type": "string"}, "definitions": {"const": {"$ref": "#/nowhere"}}},
        "default": {"$ref": "#/$defs/X", "$schema": "x"},
    }
    made = make_openapi(Project(Path("/shop"), Settings(), (api(bodySchema=schema),)))
    assert only(made)["requestBody"]["content"]["application/json"]["schema"] == schema


def test_a_reference_to_nowhere_is_left_out() -> None:
    schema = {
        "type": "object",
        "properties": {"x": {"$ref": "#/$defs/Gone", "description": "kept"}, "y": {"$ref": "#a"}},
    }
    shown = only(document(api(bodySchema=schema)))["requestBody"]["content"]["application/json"]["schema"]
    assert shown["properties"] == {"x": {"description": "kept"}, "y": {}}


def test_names_that_are_no_component_names_are_spelled_in_plain_characters() -> None:
    name = "Box[list/of~things] é"
    pointer = "#/$defs/Box[list~1of~0things]%20%C3%A9"
    made = document(api(bodySchema={"$ref": pointer, "$defs": {name: {"type": "string"}}}))
    assert made["components"]["schemas"] == {"Box_list_of_things": {"type": "string"}}


NAMES = st.sampled_from(["A", "B", "a/b", "é", "$ref"])
POINTERS = st.sampled_from(["#", "#/$defs/A", "#/$defs/B", "#/$defs/a~1b", "#/definitions/A", "#/properties/x", "#/no"])
SCHEMAS = st.recursive(
    st.one_of(st.booleans(), st.just({"type": "string"}), POINTERS.map(lambda pointer: {"$ref": pointer})),
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {}, optional={"properties": st.dictionaries(NAMES, inner, max_size=2), "items": inner, "not": inner}
        ),
        st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=2)}),
    ),
    max_leaves=6,
)
ROOTS = st.fixed_dictionaries(
    {},
    optional={
        "title": NAMES,
        "properties": st.dictionaries(st.sampled_from(["x", "y"]), SCHEMAS, max_size=2),
        "$defs": st.dictionaries(NAMES, SCHEMAS, max_size=3),
        "definitions": st.dictionaries(NAMES, SCHEMAS, max_size=1),
        "$ref": POINTERS,
    },
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROOTS, min_size=1, max_size=3))
def test_any_schemas_make_a_document_whose_references_lead_somewhere(schemas: list[dict[str, Any]]) -> None:
    steps = [api(f"S{number}", f"/{number}", bodySchema=schema) for number, schema in enumerate(schemas)]
    made = make_openapi(Project(Path("/shop"), Settings(), tuple(steps)))
    for reference in references(made):
        find(made, reference)
    assert make_openapi(Project(Path("/shop"), Settings(), tuple(steps))) == made
