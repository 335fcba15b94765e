"""Paths that cannot be routes on every target."""

from textwrap import dedent

import pytest

from step_sources import api

A, B = "steps/a_step.py", "steps/b_step.py"

CASES = [
    pytest.param(
        {A: api(path="hello")},
        """
        steps/a_step.py
          error: path: the path 'hello' cannot be a route: it does not start with a slash
              value: "hello"
              allowed: static segments, `:name` as a whole segment, `:name?` or `*` as the last segment
              do: write "/hello"
        """,
        id="no slash",
    ),
    pytest.param(
        {A: api(path="/users/:id(\\d+)")},
        """
        steps/a_step.py
          error: path: the path '/users/:id(\\\\d+)' cannot be a route: ':id(\\\\d+)' is not a parameter's name
              value: "/users/:id(\\\\d+)"
              allowed: a letter or _, then letters, digits and _
              do: give it such a name, and check finer rules in the handler
        """,
        id="a pattern",
    ),
    pytest.param(
        {A: api(path="/a/:naïve")},
        """
        steps/a_step.py
          error: path: the path '/a/:naïve' cannot be a route: ':naïve' is not a parameter's name
              value: "/a/:naïve"
              allowed: a letter or _, then letters, digits and _
              do: give it such a name, and check finer rules in the handler
        """,
        id="a parameter named naïve",
    ),
    pytest.param(
        {A: api(path="/a/:b-id")},
        """
        steps/a_step.py
          error: path: the path '/a/:b-id' cannot be a route: ':b-id' is not a parameter's name
              value: "/a/:b-id"
              allowed: a letter or _, then letters, digits and _
              do: give it such a name, and check finer rules in the handler
        """,
        id="a parameter named b-id",
    ),
    pytest.param(
        {A: api(path="/a/:x?/b")},
        """
        steps/a_step.py
          error: path: the path '/a/:x?/b' cannot be a route: the optional parameter ':x?' is not the last segment
              value: "/a/:x?/b"
              allowed: static segments, `:name` as a whole segment, `:name?` or `*` as the last segment
              do: write it with whole segments and check finer rules in the handler
        """,
        id="an optional parameter in the middle",
    ),
    pytest.param(
        {A: api(path="/a/*/b")},
        """
        steps/a_step.py
          error: path: the path '/a/*/b' cannot be a route: the segment '*' is not plain text
              value: "/a/*/b"
              allowed: static segments, `:name` as a whole segment, `:name?` or `*` as the last segment
              do: write it with whole segments and check finer rules in the handler
        """,
        id="a star in the middle",
    ),
    pytest.param(
        {A: api(path="/a?x=1")},
        """
        steps/a_step.py
          error: path: the path '/a?x=1' cannot be a route: the segment 'a?x=1' is not plain text
              value: "/a?x=1"
              allowed: static segments, `:name` as a whole segment, `:name?` or `*` as the last segment
              do: leave out the query: it is in `queryParams` of the request
        """,
        id="a query",
    ),
    pytest.param(
        {A: api(path="/u/:id/x/:id")},
        """
        steps/a_step.py
          error: path: the path '/u/:id/x/:id' cannot be a route: the parameter ':id' stands twice in it
              value: "/u/:id/x/:id"
              allowed: each name once
              do: give one of them another name
        """,
        id="a parameter twice",
    ),
    pytest.param(
        {A: api(path="/u/user-:id")},
        """
        steps/a_step.py
          error: path: the path '/u/user-:id' cannot be a route: the segment 'user-:id' is not plain text
              value: "/u/user-:id"
              allowed: static segments, `:name` as a whole segment, `:name?` or `*` as the last segment
              do: write it with whole segments and check finer rules in the handler
        """,
        id="part of a segment",
    ),
    pytest.param(
        {A: api(path="/u//x")},
        """
        steps/a_step.py
          error: path: the path '/u//x' cannot be a route: the segment '' is not plain text
              value: "/u//x"
              allowed: static segments, `:name` as a whole segment, `:name?` or `*` as the last segment
              do: write it with whole segments and check finer rules in the handler
        """,
        id="an empty segment",
    ),
    pytest.param(
        {A: api(path="/u/{id}")},
        """
        steps/a_step.py
          error: path: the path '/u/{id}' cannot be a route: the segment '{id}' is not plain text
              value: "/u/{id}"
              allowed: static segments, `:name` as a whole segment, `:name?` or `*` as the last segment
              do: write it with whole segments and check finer rules in the handler
        """,
        id="AWS syntax",
    ),
    pytest.param(
        {A: api(path="/größe")},
        """
        steps/a_step.py
          error: path: the path '/größe' cannot be a route: it has a character that is not plain in a URL
              value: "/größe"
              allowed: letters, digits and -._~!$&'+,;=@ between slashes
              do: take it as a parameter, such as /:name, which is decoded for the handler
        """,
        id="letters of no URL",
    ),
    pytest.param(
        {A: api(path="/a b")},
        """
        steps/a_step.py
          error: path: the path '/a b' cannot be a route: it has a character that is not plain in a URL
              value: "/a b"
              allowed: letters, digits and -._~!$&'+,;=@ between slashes
              do: take it as a parameter, such as /:name, which is decoded for the handler
        """,
        id="a space",
    ),
    pytest.param(
        {A: api(path="/__motia/x")},
        """
        steps/a_step.py
          error: path: the path '/__motia/x' is taken: /__motia/ belongs to the local server
              value: "/__motia/x"
        """,
        id="the local server's own",
    ),
]


@pytest.mark.parametrize(("files", "message"), CASES)
def test_the_user_sees(files, message, message_for) -> None:
    assert message_for(files) == dedent(message).strip("\n")
