"""Express paths as API Gateway spells them."""

import pytest

from cdk_manifests import api, event, manifest
from motia.errors import ProjectError
from motia_cdk.function_plan import plan_functions
from motia_cdk.routes import Route, api_paths, plan_routes
from motia_project.manifest import Manifest


def routes(built: Manifest) -> dict[str, str]:
    return {route.key: route.function for route in plan_routes(plan_functions(built, "shop_dev_v1"))}


@pytest.mark.parametrize(
    ("express", "gateway"),
    [
        ("/", ["/"]),
        ("/orders", ["/orders"]),
        ("/orders/", ["/orders"]),
        ("/orders/:id", ["/orders/{id}"]),
        ("/orders/:id/items/:item", ["/orders/{id}/items/{item}"]),
        ("/orders/:id?", ["/orders/{id}", "/orders"]),
        ("/:page?", ["/{page}", "/"]),
        ("/files/*", ["/files/{proxy+}"]),
        ("/*", ["/{proxy+}", "/"]),
        ("*", ["/{proxy+}", "/"]),
    ],
)
def test_a_path_becomes_one_or_two_routes(express: str, gateway: list[str]) -> None:
    assert api_paths(express) == gateway


def test_a_path_that_cannot_be_routed_is_refused() -> None:
    with pytest.raises(ProjectError, match="cannot be a route"):
        api_paths("/orders/:id(\\d+)")


def test_a_get_step_answers_head_unless_another_step_does() -> None:
    steps = [api("Get", "GET", "/a"), api("Post", "POST", "/a"), api("Other", "GET", "/b"), api("Head", "HEAD", "/b")]
    assert routes(manifest(*steps)) == {
        "GET /a": "Get",
        "HEAD /a": "Get",
        "POST /a": "Post",
        "GET /b": "Other",
        "HEAD /b": "Head",
    }


def test_a_declared_route_wins_over_an_implied_one() -> None:
    built = manifest(api("Optional", "DELETE", "/a/:id?"), api("Zero", "DELETE", "/a"))
    assert routes(built) == {"DELETE /a": "Zero", "DELETE /a/{id}": "Optional"}


def test_event_steps_have_no_routes() -> None:
    assert routes(manifest(event("Work", ("work",)))) == {}


def test_a_single_router_has_the_default_route() -> None:
    built = manifest(api("A", "GET", "/a"), api("B", "POST", "/b"), router=True)
    assert routes(built) == {"$default": "router_python"}


def test_routers_of_two_languages_have_routes_of_their_own() -> None:
    python = manifest(api("A", "GET", "/a"), router=True)
    node = api("B", "POST", "/b").model_copy(update={"type": "node", "bundle": "router-node.zip"})
    both = python.model_copy(update={"steps": {**python.steps, "node/steps/b.step.zip": node}})
    assert routes(both) == {"GET /a": "router_python", "HEAD /a": "router_python", "POST /b": "router_node"}


def test_the_names_of_parameters_do_not_tell_routes_apart() -> None:
    assert Route("GET /orders/{id}", "x").identity == Route("GET /orders/{orderId}", "x").identity
    assert Route("GET /orders/{proxy+}", "x").identity != Route("GET /orders/{id}", "x").identity
