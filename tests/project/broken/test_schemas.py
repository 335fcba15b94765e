"""Schemas and other parts of API Steps that are wrong."""

from textwrap import dedent

import pytest

from step_sources import api, event

A, B = "steps/a_step.py", "steps/b_step.py"

CASES = [
    pytest.param(
        {A: api(bodySchema={"type": "object", "properties": {"n": {"type": "int"}}})},
        """
        steps/a_step.py
          error: bodySchema: 'int' at `properties.n.type` is no JSON Schema type
              allowed: string, number, integer, boolean, object, array, null
              do: did you mean 'integer'?
        """,
        id="a type that JSON Schema does not have",
    ),
    pytest.param(
        {A: event(input="order"), B: api(bodySchema={"properties": ["name"]})},
        """
        steps/a_step.py
          error: input: text is not a JSON Schema
              value: "order"
              do: give a JSON Schema such as {'type': 'object', 'properties': {...}}, or a pydantic model class
        steps/b_step.py
          error: bodySchema: a list at `properties` is not a dictionary of schemas
        """,
        id="a schema that is none",
    ),
    pytest.param(
        {A: api(responseSchema={"type": "object", "properties": {}})},
        """
        steps/a_step.py
          error: responseSchema: it is one schema, not one for each HTTP status
              do: write {200: the schema}
        """,
        id="one schema for all statuses",
    ),
    pytest.param(
        {A: api(responseSchema={"ok": {"type": "object"}, "200": {"type": "object"}, "99": {"type": "object"}})},
        """
        steps/a_step.py
          error: responseSchema: the keys 'ok', '99' are no HTTP statuses
              allowed: 100-599
        """,
        id="several keys that are no status",
    ),
    pytest.param(
        {A: api(responseSchema={"ok": {}, 200: {"type": "object"}})},
        """
        steps/a_step.py
          error: responseSchema: the key 'ok' is not an HTTP status
              allowed: 100-599
        """,
        id="responses by name",
    ),
    pytest.param(
        {A: api(queryParams=["page", {"nam": "x"}])},
        """
        steps/a_step.py
          error: queryParams[0]: the value is text
              value: "page"
              allowed: {"name": ..., "description": ...}
          error: queryParams[1].name: the key is missing
          error: queryParams[1].nam: the key is unknown
              allowed: name, description
              do: did you mean 'name'?
        """,
        id="query parameters without names",
    ),
    pytest.param(
        {A: api(middleware=["auth"])},
        """
        steps/a_step.py
          error: middleware[0]: the entry is a str, it must be a function
        """,
        id="middleware by name",
    ),
]


@pytest.mark.parametrize(("files", "message"), CASES)
def test_the_user_sees(files, message, message_for) -> None:
    assert message_for(files) == dedent(message).strip("\n")
