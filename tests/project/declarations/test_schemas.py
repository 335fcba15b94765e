"""JSON Schema as TypeScript, one sentence a line."""

from __future__ import annotations

import pytest

from motia_project.declarations.definitions import Definitions
from motia_project.declarations.printing import text

STRING, NUMBER = {"type": "string"}, {"type": "number"}
PERSON = {"type": "object", "properties": {"name": STRING, "age": NUMBER}, "required": ["name"]}


def ts(schema: object) -> str:
    return text(Definitions().type_of(schema, "Owner"))


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "format": "date-time"}, "string"),
        ({"type": "string", "format": "binary"}, "Buffer"),
        ({"type": "number"}, "number"),
        ({"type": "integer", "minimum": 0}, "number"),
        ({"type": "boolean"}, "boolean"),
        ({"type": "null"}, "null"),
        ({}, "unknown"),
        (True, "unknown"),
        (False, "never"),
        ({"not": {}}, "undefined"),
        ({"not": {"type": "string"}}, "unknown"),
        ({"description": "anything"}, "unknown"),
    ],
)
def test_plain_types(schema: object, expected: str) -> None:
    assert ts(schema) == expected


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"const": "a"}, "'a'"),
        ({"const": 5}, "5"),
        ({"const": -1.5}, "-1.5"),
        ({"const": True}, "true"),
        ({"const": None}, "null"),
        ({"const": {"a": [1, "x"]}}, "{ a: [1, 'x'] }"),
        ({"type": "string", "const": "a"}, "'a'"),
        ({"type": "string", "enum": ["a", "b"]}, "'a' | 'b'"),
        ({"enum": ["a", 1, None, True, {"k": 1}]}, "'a' | 1 | null | true | { k: 1 }"),
        ({"type": ["string", "null"], "enum": ["a", None]}, "'a' | null"),
        ({"type": "string", "enum": ["a", 1]}, "'a'"),
        ({"type": "string", "enum": []}, "never"),
        ({"enum": ["it's", "back\\slash", "line\nend", "\u2028", "\ud800", "é😀"]},
         "'it\\'s' | 'back\\\\slash' | 'line\\u000aend' | '\\u2028' | '\\ud800' | 'é😀'"),
    ],
)  # fmt: skip
def test_values(schema: object, expected: str) -> None:
    assert ts(schema) == expected


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": ["string", "integer", "null"]}, "string | number | null"),
        ({"type": ["object", "null"], "properties": {"a": STRING}}, "{ a?: string } | null"),
        ({"type": ["array", "string"], "items": NUMBER}, "Array<number> | string"),
        ({"type": "string", "nullable": True}, "string | null"),
        ({"anyOf": [STRING, NUMBER, STRING]}, "string | number"),
        ({"oneOf": [STRING, {"type": "null"}]}, "string | null"),
        ({"anyOf": [STRING, {"const": "a"}]}, "string"),
        ({"anyOf": [STRING, {}]}, "unknown"),
        ({"anyOf": [{"type": "string", "format": "binary"}, {"const": "a"}]}, "Buffer | 'a'"),
        ({"anyOf": [{"anyOf": [STRING, NUMBER]}, {"type": "null"}]}, "string | number | null"),
        ({"type": "array", "items": {"anyOf": [STRING, NUMBER]}}, "Array<string | number>"),
    ],
)
def test_unions(schema: object, expected: str) -> None:
    assert ts(schema) == expected


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (PERSON, "{ name: string; age?: number }"),
        ({"type": "object", "properties": {}}, "{}"),
        ({"type": "object"}, "Record<string, unknown>"),
        ({"properties": {"a": STRING}, "required": ["a"]}, "{ a: string }"),
        ({"type": "object", "required": ["a"]}, "{ a: unknown }"),
        ({"type": "object", "additionalProperties": NUMBER}, "Record<string, number>"),
        ({"type": "object", "additionalProperties": True}, "Record<string, unknown>"),
        ({"type": "object", "additionalProperties": False}, "{}"),
        ({**PERSON, "additionalProperties": False}, "{ name: string; age?: number }"),
        ({**PERSON, "additionalProperties": {"type": "boolean"}},
         "{ name: string; age?: number; [key: string]: boolean | string | number | undefined }"),
        ({**PERSON, "additionalProperties": {}}, "{ name: string; age?: number; [key: string]: unknown }"),
        ({"type": "object", "patternProperties": {"^x-": STRING}}, "Record<string, string>"),
        ({"type": "object", "propertyNames": {"enum": ["a", "b"]}, "additionalProperties": NUMBER, "required": ["a"]},
         "{ a: number; b?: number }"),
        ({"type": "object", "propertyNames": STRING, "additionalProperties": NUMBER}, "Record<string, number>"),
        ({"type": "object", "properties": {"a-b": STRING, "it's": STRING, "1": STRING, "class": STRING, "": STRING}},
         "{ 'a-b'?: string; 'it\\'s'?: string; '1'?: string; class?: string; ''?: string }"),
        ({"type": "object", "properties": {"total": {"type": "integer", "description": "In cents,\n */ net"}}},
         "{ /** In cents, *\\/ net */ total?: number }"),
    ],
)  # fmt: skip
def test_objects(schema: object, expected: str) -> None:
    assert ts(schema) == expected


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "array", "items": STRING}, "Array<string>"),
        ({"type": "array"}, "Array<unknown>"),
        ({"items": STRING}, "Array<string>"),
        ({"type": "array", "prefixItems": [STRING, NUMBER]}, "[string, number]"),
        ({"type": "array", "items": [STRING, NUMBER]}, "[string, number]"),
        ({"type": "array", "items": [STRING], "additionalItems": NUMBER}, "[string, ...number[]]"),
        ({"type": "array", "prefixItems": [STRING, {"anyOf": [NUMBER, STRING]}], "minItems": 1, "items": False},
         "[string, (number | string)?]"),
        ({"type": "array", "items": False}, "[]"),
    ],
)  # fmt: skip
def test_lists(schema: object, expected: str) -> None:
    assert ts(schema) == expected


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"allOf": [PERSON, {"type": "object", "properties": {"id": STRING}, "required": ["id", "age"]}]},
         "{ name: string; age: number; id: string }"),
        ({**PERSON, "allOf": [{"properties": {"name": {"enum": ["ada"]}}}]}, "{ name: 'ada'; age?: number }"),
        ({"allOf": [STRING, NUMBER]}, "never"),
        ({"allOf": [STRING, {"type": "string", "format": "binary"}]}, "Buffer"),
        ({"type": "string", "anyOf": [{"const": "a"}, {"const": 1}]}, "'a'"),
        ({"type": "object", "properties": {"a": STRING}, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
         "{ a: string } | { a?: string; b: unknown }"),
        ({"allOf": [{"type": "array", "items": STRING}, {"type": "array", "items": {"enum": ["x"]}}]}, "Array<'x'>"),
    ],
)  # fmt: skip
def test_what_holds_together_is_put_together(schema: object, expected: str) -> None:
    assert ts(schema) == expected


def test_definitions_get_names_and_may_mention_themselves() -> None:
    tree = {
        "$ref": "#/$defs/Category",
        "$defs": {
            "Category": {
                "type": "object",
                "description": "A shelf",
                "properties": {
                    "name": STRING,
                    "children": {"type": "array", "items": {"$ref": "#/$defs/Category"}},
                    "byName": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Category"}},
                },
                "required": ["name"],
            }
        },
    }
    definitions = Definitions()
    assert text(definitions.type_of(tree, "Owner")) == "Category"
    [(name, type, said)] = definitions.named()
    body = "{ name: string; children?: Array<Category>; byName?: { [key: string]: Category } }"
    assert (name, text(type), said) == ("Category", body, "A shelf")


def test_a_schema_may_be_its_own_definition() -> None:
    definitions = Definitions()
    node = {"type": "object", "properties": {"next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}}
    assert text(definitions.type_of(node, "List Node")) == "List_Node"
    assert [(name, text(type)) for name, type, _ in definitions.named()] == [
        ("List_Node", "{ next?: List_Node | null }")
    ]


def test_a_definition_that_says_nothing_but_itself_is_unknown() -> None:
    definitions = Definitions()
    schema = {
        "$ref": "#/$defs/A",
        "$defs": {"A": {"anyOf": [{"$ref": "#/$defs/B"}, {"type": "null"}]}, "B": {"$ref": "#/$defs/A"}},
    }
    definitions.type_of(schema, "Owner")
    assert all("A" not in text(type) for name, type, _ in definitions.named() if name == "B")


def test_a_reference_into_a_schema_is_followed() -> None:
    definitions = Definitions()
    schema = {"type": "object", "properties": {"a": PERSON, "b": {"$ref": "#/properties/a"}}}
    definitions.type_of(schema, "Pair")
    assert [(name, text(type)) for name, type, _ in definitions.named()] == [
        ("Pair", "{ a?: { name: string; age?: number }; b?: Pair_properties_a }"),
        ("Pair_properties_a", "{ name: string; age?: number }"),
    ]


def test_references_that_lead_nowhere_say_nothing() -> None:
    assert ts({"$ref": "#/$defs/Gone"}) == "unknown"
    assert ts({"$ref": "https://example.com/schema"}) == "unknown"


def test_equal_definitions_share_a_name_and_others_do_not() -> None:
    definitions = Definitions(frozenset({"Taken"}))

    def using(name: str, definition: object) -> object:
        return {"type": "array", "items": {"$ref": f"#/$defs/{name}"}, "$defs": {name: definition}}

    assert text(definitions.type_of(using("Item", PERSON), "One")) == "Array<Item>"
    assert text(definitions.type_of(using("Item", PERSON), "Two")) == "Array<Item>"
    assert text(definitions.type_of(using("Item", STRING), "Three")) == "Array<Three_Item>"
    assert text(definitions.type_of(using("Taken", STRING), "Four")) == "Array<Four_Taken>"
    assert text(definitions.type_of(using("string", STRING), "Five")) == "Array<Five_string>"
    assert text(definitions.type_of(using("1st.Item-ü", STRING), "Six")) == "Array<_1st_Item>"


def test_definitions_without_a_name_of_their_own_get_the_owners() -> None:
    definitions = Definitions()

    def nested(leaf: object) -> object:
        return {"$ref": "#/$defs/__schema0", "$defs": {"__schema0": obj(leaf, {"$ref": "#/$defs/__schema0"})}}

    def obj(leaf: object, again: object) -> object:
        return {"type": "object", "properties": {"leaf": leaf, "again": again}}

    assert text(definitions.type_of(nested(STRING), "Send \\ Input")) == "Send_Input_0"
    assert text(definitions.type_of(nested(NUMBER), "Other")) == "Other_0"


def test_many_definitions_that_use_each_other_stay_small() -> None:
    """Each uses the next one twice: written out, that would be 2^40."""
    both = lambda name: {"type": "object", "properties": {key: {"$ref": f"#/$defs/{name}"} for key in "ab"}}  # noqa: E731
    definitions = Definitions()
    defined = {f"L{n}": both(f"L{n + 1}") for n in range(40)} | {"L40": STRING}
    assert text(definitions.type_of({"$ref": "#/$defs/L0", "$defs": defined}, "Owner")) == "L0"
    assert sum(len(text(type)) for _, type, _ in definitions.named()) < 2000
