"""What emulators get wrong, and where AWS has an address that an emulator has not. Nothing else knows of emulators.

Tried with ministack 1.5.33: HTTP APIs made by CloudFormation have no CORS and tables no expiry, so both are set again
by their own calls; a bucket that refuses requests without TLS refuses all, because emulators speak plain HTTP; deleted
stacks leave log groups; APIs answer below the emulator's own address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from motia_cdk.deploy.cloud import Cloud, StackResource
from motia_cdk.deploy.cloud.failures import translated
from motia_cdk.environment_ref import EnvironmentRef

_API = "AWS::ApiGatewayV2::Api"
_TABLE = "AWS::DynamoDB::Table"
_BUCKET = "AWS::S3::Bucket"
_LOG_GROUP = "AWS::Logs::LogGroup"


def local_ref(cloud: Cloud, ref: EnvironmentRef) -> EnvironmentRef:
    """The environment with addresses that answer; AWS's own are right already."""
    if not cloud.local:
        return ref
    stage = ref.websocket_endpoint.rstrip("/").rpartition("/")[2]
    socket = f"{_base(cloud, ref.websocket_api_id)}/{stage}" if ref.websocket_api_id else ""
    return replace(
        ref,
        api_url=_base(cloud, ref.api_id),
        websocket_endpoint=socket,
        websocket_url=socket.replace("http", "ws", 1),
    )


def api_url(cloud: Cloud, resources: list[StackResource], url: str | None) -> str | None:
    """Where the HTTP API of a version's stack answers; None when it has none. url: what the stack says."""
    if not cloud.local:
        return url
    apis = [resource for resource in resources if resource.type == _API]
    return _base(cloud, apis[0].physical_id) if apis else None


def repair(cloud: Cloud, stack: str, template: Mapping[str, Any]) -> None:
    """Set again what the emulator's CloudFormation forgot of a stack that has just changed."""
    if not cloud.local:
        return
    wanted: Mapping[str, Mapping[str, Any]] = template["Resources"]
    for resource in cloud.stacks.resources(stack):
        properties = wanted.get(resource.logical_id, {}).get("Properties", {})
        if resource.type == _API and "CorsConfiguration" in properties:
            _set_cors(cloud, resource.physical_id, properties["CorsConfiguration"])
        elif resource.type == _TABLE and "TimeToLiveSpecification" in properties:
            _set_expiry(cloud, resource.physical_id, properties["TimeToLiveSpecification"])
        elif resource.type == _BUCKET:
            _allow_plain_http(cloud, resource.physical_id)


def forget_logs(cloud: Cloud, resources: list[StackResource]) -> None:
    """Delete the log groups of a stack that is gone."""
    if not cloud.local:
        return
    logs = cloud.client("logs")
    for resource in resources:
        if resource.type == _LOG_GROUP:
            try:
                logs.delete_log_group(logGroupName=resource.physical_id)
            except logs.exceptions.ResourceNotFoundException:
                continue


def _set_cors(cloud: Cloud, api: str, wanted: Mapping[str, Any]) -> None:
    with translated("apigateway", "apigateway:UpdateApi"):
        cloud.client("apigatewayv2").update_api(ApiId=api, CorsConfiguration=dict(wanted))


def _set_expiry(cloud: Cloud, table: str, wanted: Mapping[str, Any]) -> None:
    dynamodb = cloud.client("dynamodb")
    with translated("dynamodb", "dynamodb:UpdateTimeToLive"):
        now = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        if now["TimeToLiveStatus"] != ("ENABLED" if wanted["Enabled"] else "DISABLED"):
            dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=dict(wanted))


def _allow_plain_http(cloud: Cloud, bucket: str) -> None:
    with translated("s3", "s3:DeleteBucketPolicy"):
        cloud.client("s3").delete_bucket_policy(Bucket=bucket)


def _base(cloud: Cloud, api: str) -> str:
    return f"{cloud.endpoint_url}/_aws/execute-api/{api}"
