"""The WebSocket API of an environment whose project has streams."""

from __future__ import annotations

from constructs import Construct

from motia.names import function_name
from motia_cdk.code import bundle_key
from motia_cdk.place import Place
from motia_cdk.requests import WebSocketBundle
from motia_cdk.resource import declare
from motia_cdk.role import ExecutionRole

STAGE = "live"
_ROUTES = ("$connect", "$disconnect", "$default")


class WebSocketApi(Construct):
    """One function behind all routes; it keeps who is in which room in the connections table.

    Tokens: `api_id`, `endpoint` (https, for PostToConnection), `url` (wss, for clients).
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        prefix: str,
        bundle: WebSocketBundle,
        bucket: str,
        stream_table: str,
        connection_table: str,
        variables: dict[str, str],
        log_retention_days: int,
        place: Place,
    ) -> None:
        super().__init__(scope, id)
        name = function_name(prefix, "websocket_api")
        api = declare(
            self,
            "Api",
            "AWS::ApiGatewayV2::Api",
            {"Name": name, "ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.type"},
        )
        self.api_id = api.ref
        host = f"{self.api_id}.execute-api.{place.region}.{place.suffix}/{STAGE}"
        self.endpoint, self.url = f"https://{host}", f"wss://{host}"
        group = f"/aws/lambda/{name}"
        logs = declare(
            self, "Logs", "AWS::Logs::LogGroup", {"LogGroupName": group, "RetentionInDays": log_retention_days}
        )
        role = ExecutionRole(self, "Role", self._statements(group, bucket, stream_table, connection_table, place))
        function = declare(
            self,
            "Function",
            "AWS::Lambda::Function",
            {
                "FunctionName": name,
                "Runtime": bundle.runtime,
                "Handler": bundle.handler,
                "Code": {"S3Bucket": bucket, "S3Key": bundle_key(bundle.sha256)},
                "Role": role.arn,
                "Architectures": [bundle.architecture],
                "MemorySize": bundle.memory_mb,
                "Timeout": bundle.timeout_s,
                "Environment": {"Variables": {**variables, "MOTIA_WEBSOCKET_ENDPOINT": self.endpoint}},
                "LoggingConfig": {"LogGroup": logs.ref},
            },
        )
        self._routes(place.function(name), place)
        permission = {
            "Action": "lambda:InvokeFunction",
            "FunctionName": function.ref,
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": place.arn("execute-api", f"{self.api_id}/*"),
        }
        declare(self, "Permission", "AWS::Lambda::Permission", permission)

    def _routes(self, function: str, place: Place) -> None:
        uri = f"arn:{place.partition}:apigateway:{place.region}:lambda:path/2015-03-31/functions/{function}/invocations"
        integration = declare(
            self,
            "Integration",
            "AWS::ApiGatewayV2::Integration",
            {"ApiId": self.api_id, "IntegrationType": "AWS_PROXY", "IntegrationUri": uri},
        )
        for key in _ROUTES:
            properties = {"ApiId": self.api_id, "RouteKey": key, "Target": f"integrations/{integration.ref}"}
            declare(self, f"Route_{key.strip('$')}", "AWS::ApiGatewayV2::Route", properties)
        stage = {"ApiId": self.api_id, "StageName": STAGE, "AutoDeploy": True}
        declare(self, "Stage", "AWS::ApiGatewayV2::Stage", stage)

    def _statements(
        self, group: str, bucket: str, stream_table: str, connection_table: str, place: Place
    ) -> list[dict[str, object]]:
        rooms = [f"dynamodb:{action}" for action in ("BatchWriteItem", "DeleteItem", "PutItem", "Query", "UpdateItem")]
        grants: list[tuple[str, list[str], str]] = [
            ("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], place.log_group(group)),
            ("Rooms", rooms, place.table(connection_table)),
            ("Items", ["dynamodb:GetItem", "dynamodb:Query"], place.table(stream_table)),
            ("LargeItems", ["s3:GetObject"], place.objects(bucket, "streams/")),
            (
                "Push",
                ["execute-api:ManageConnections"],
                place.arn("execute-api", f"{self.api_id}/*/*/@connections/*"),
            ),
        ]
        return [
            {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}
            for sid, actions, resource in grants
        ]
