"""Routes: which path belongs to which Step, and what its parameters are."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motia.errors import ProjectError
from motia.paths import Router, compile_path

VALUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@pytest.mark.parametrize(
    ("pattern", "path", "params"),
    [
        ("/", "/", {}),
        ("/users", "/users", {}),
        ("/users", "/users/", {}),
        ("/users/", "/users", {}),
        ("/users", "/Users", None),
        ("/users", "/users/1", None),
        ("/users", "//users", None),
        ("/users/:id", "/users/a%20b", {"id": "a b"}),
        ("/users/:id", "/users/a%2Fb", {"id": "a/b"}),
        ("/users/:id", "/users/a%252Fb", {"id": "a%2Fb"}),
        ("/users/:id", "/users/1/", {"id": "1"}),
        ("/users/:id", "/users/", None),
        ("/users/:id", "/users//", None),
        ("/users/:id/posts/:post", "/users/1/posts/2", {"id": "1", "post": "2"}),
        ("/users/:id?", "/users", {}),
        ("/users/:id?", "/users/", {}),
        ("/users/:id?", "/users/1", {"id": "1"}),
        ("/users/:id?", "/users/1/2", None),
        ("/files/*", "/files/a/b%20c", {"0": "a/b c"}),
        ("/files/*", "/files/", {"0": ""}),
        ("/files/*", "/files", None),
        ("/*", "/", {"0": ""}),
        ("*", "/any/thing", {"0": "any/thing"}),
        ("/:a/*", "/x/y/z", {"a": "x", "0": "y/z"}),
        ("/café", "/caf%C3%A9", {}),
        ("/v1.0/a-b_c~d", "/v1.0/a-b_c~d", {}),
        ("/users/:id", "/users/100%25", {"id": "100%"}),
        ("/users/:id", "/users/%ZZ", {"id": "%ZZ"}),
    ],
)
def test_a_path_matches_or_not(pattern: str, path: str, params: dict[str, str] | None) -> None:
    assert compile_path(pattern).match(path) == params
    found = Router([("GET", pattern, "step")]).match("GET", path)
    assert found == (None if params is None else ("step", params))


@pytest.mark.parametrize(
    "pattern",
    [
        "users",
        "/a*",
        "/a/*/b",
        "/:id?/b",
        "/:a-:b",
        "/user(s)?",
        "/a+",
        "/:id/:id",
        "/{id}",
        "/a//b",
        "/:",
        "/[ab]",
        "",
        "//",
    ],
)
def test_other_syntax_is_refused_with_a_remedy(pattern: str) -> None:
    with pytest.raises(ProjectError) as refused:
        compile_path(pattern)
    assert repr(pattern) in refused.value.what
    assert refused.value.allowed
    assert refused.value.remedy


def test_the_more_specific_route_wins_in_any_order() -> None:
    patterns = ["/*", "/a/*", "/:x/b", "/a/:y", "/a/b", "/:x/:y?", "/:x"]
    router = Router([("GET", pattern, pattern) for pattern in patterns])
    expected = {
        "/a/b": "/a/b",
        "/a/c": "/a/:y",
        "/c/b": "/:x/b",
        "/c/d": "/:x/:y?",
        "/c": "/:x",
        "/a/b/c": "/a/*",
        "/c/d/e": "/*",
        "/": "/*",
    }
    assert {path: (router.match("GET", path) or [None])[0] for path in expected} == expected


def test_the_first_of_two_equal_routes_wins() -> None:
    assert Router([("GET", "/a", 1), ("GET", "/a", 2)]).match("GET", "/a") == (1, {})


def test_get_answers_head_unless_head_has_its_own() -> None:
    router = Router([("GET", "/a", "get"), ("GET", "/b", "get"), ("HEAD", "/b", "head"), ("POST", "/c", "post")])
    assert [router.match("HEAD", path) for path in ("/a", "/b", "/c")] == [("get", {}), ("head", {}), None]


def test_a_route_of_another_method_does_not_hide_one_that_answers() -> None:
    router = Router([("POST", "/a/b", "static"), ("GET", "/a/:id", "param")])
    assert router.match("GET", "/a/b") == ("param", {"id": "b"})
    assert router.match("DELETE", "/a/b") is None
    assert router.methods("/a/b") == ["GET", "HEAD", "POST"]


@given(VALUES, VALUES)
def test_parameters_come_back_as_they_were_sent(first: str, second: str) -> None:
    path = f"/x/{quote(first, safe='')}/{quote(second, safe='')}"
    assert compile_path("/x/:a/:b").match(path) == {"a": first, "b": second}


@given(st.lists(VALUES, min_size=1))
def test_the_rest_of_a_path_comes_back(rest: list[str]) -> None:
    path = "/x/" + "/".join(quote(part, safe="") for part in rest)
    assert compile_path("/x/*").match(path) == {"0": "/".join(rest)}
