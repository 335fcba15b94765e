"""An HTTP API whose routes call Lambda functions: the live one of an environment, the preview one of a version."""

from __future__ import annotations

from aws_cdk import CfnResource
from constructs import Construct

from motia.names import digest, fit, function_name, slug
from motia_cdk.place import Place
from motia_cdk.resource import attribute, declare
from motia_cdk.routes import Route

NAME_LIMIT = 128  # Amazon API Gateway API reference: characters in the name of an API

_CORS = {"AllowOrigins": ["*"], "AllowMethods": ["*"], "AllowHeaders": ["*"], "MaxAge": 600}
_LOG_FIELDS = (
    "requestId",
    "requestTime",
    "httpMethod",
    "path",
    "routeKey",
    "status",
    "responseLength",
    "integrationErrorMessage",
)


class HttpApi(Construct):
    """One integration a function, one route a path and method, deployed by themselves.

    routes: to functions of the version whose names start with `prefix`. log_retention_days: keep an access log that
    long; None keeps none. Attributes, all tokens: `api_id`, `url` without a slash at the end, `stage`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        place: Place,
        routes: tuple[Route, ...],
        prefix: str,
        log_retention_days: int | None = None,
    ) -> None:
        super().__init__(scope, id)
        properties = {"Name": fit(name, NAME_LIMIT), "ProtocolType": "HTTP", "CorsConfiguration": _CORS}
        api = declare(self, "Api", "AWS::ApiGatewayV2::Api", properties)
        self.api_id = api.ref
        self.url = attribute(api, "ApiEndpoint")
        self._routes(routes, prefix, place)
        stage = {"ApiId": self.api_id, "StageName": "$default", "AutoDeploy": True}
        if log_retention_days is not None:
            stage["AccessLogSettings"] = self._access_log(log_retention_days)
        self.stage = declare(self, "Stage", "AWS::ApiGatewayV2::Stage", stage).ref

    def _routes(self, routes: tuple[Route, ...], prefix: str, place: Place) -> None:
        integrations: dict[str, str] = {}
        for route in routes:
            if route.function not in integrations:
                integrations[route.function] = self._integration(route.function, prefix, place).ref
            # Known by method and path alone: promoting another version moves the route, and no two versions of it meet.
            route_id = f"Route_{slug(route.identity)}_{digest(route.identity)}"
            target = f"integrations/{integrations[route.function]}"
            properties = {"ApiId": self.api_id, "RouteKey": route.key, "Target": target}
            declare(self, route_id, "AWS::ApiGatewayV2::Route", properties)

    def _integration(self, function: str, prefix: str, place: Place) -> CfnResource:
        properties = {
            "ApiId": self.api_id,
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": place.function(function_name(prefix, function)),
            "PayloadFormatVersion": "2.0",
        }
        return declare(self, f"Integration_{function}", "AWS::ApiGatewayV2::Integration", properties)

    def _access_log(self, retention_days: int) -> dict[str, str]:
        group = declare(self, "AccessLog", "AWS::Logs::LogGroup", {"RetentionInDays": retention_days})
        fields = ",".join(f'"{field}":"$context.{field}"' for field in _LOG_FIELDS)
        return {"DestinationArn": attribute(group, "Arn"), "Format": f"{{{fields}}}"}
