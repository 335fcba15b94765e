"""The WebSocket API of an environment, where clients listen to streams."""

from __future__ import annotations

from constructs import Construct

from motia.names import fit
from motia_cdk.http_api import NAME_LIMIT
from motia_cdk.place import Place
from motia_cdk.resource import declare

STAGE = "live"
_ROUTES = ("$connect", "$disconnect", "$default")


class WebSocketApi(Construct):
    """All routes lead to the function that knows the live version's rules for streams.

    The API is there whether or not a version has streams, and costs nothing without: its address is told to versions
    before they go live, and stays the same whichever does. function: name of the function, None for a live version
    without streams. Tokens: `api_id`, `endpoint` (https, for PostToConnection), `url` (wss, for clients).
    """

    def __init__(self, scope: Construct, id: str, *, name: str, function: str | None, place: Place) -> None:
        super().__init__(scope, id)
        properties = {
            "Name": fit(f"{name}_streams", NAME_LIMIT),
            "ProtocolType": "WEBSOCKET",
            # Required. No route has the name of a type of message, so all go to $default.
            "RouteSelectionExpression": "$request.body.type",
        }
        self.api_id = declare(self, "Api", "AWS::ApiGatewayV2::Api", properties).ref
        host = f"{self.api_id}.execute-api.{place.region}.{place.suffix}/{STAGE}"
        self.endpoint, self.url = f"https://{host}", f"wss://{host}"
        if function is not None:
            self._serve(place.function(function), place)

    def _serve(self, function: str, place: Place) -> None:
        uri = f"arn:{place.partition}:apigateway:{place.region}:lambda:path/2015-03-31/functions/{function}/invocations"
        integration = declare(
            self,
            "Integration",
            "AWS::ApiGatewayV2::Integration",
            {"ApiId": self.api_id, "IntegrationType": "AWS_PROXY", "IntegrationUri": uri},
        )
        target = f"integrations/{integration.ref}"
        routes = [
            declare(
                self,
                f"Route_{key.strip('$')}",
                "AWS::ApiGatewayV2::Route",
                {"ApiId": self.api_id, "RouteKey": key, "Target": target},
            )
            for key in _ROUTES
        ]
        stage = {"ApiId": self.api_id, "StageName": STAGE, "AutoDeploy": True}
        deployed = declare(self, "Stage", "AWS::ApiGatewayV2::Stage", stage)
        deployed.node.add_dependency(*routes)  # a WebSocket API without routes cannot be deployed
