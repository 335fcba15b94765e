"""A custom domain of the live HTTP API."""

from __future__ import annotations

from constructs import Construct

from motia_cdk.http_api import HttpApi
from motia_cdk.resource import attribute, declare
from motia_project.settings import Domain


class ApiDomain(Construct):
    """The name, mapped to the API's stage.

    target, zone_id: tokens; where the DNS record of the name has to point (an alias record takes both).
    """

    def __init__(self, scope: Construct, id: str, *, domain: Domain, api: HttpApi) -> None:
        super().__init__(scope, id)
        configuration = {
            "CertificateArn": domain.certificate_arn,
            "EndpointType": "REGIONAL",
            "SecurityPolicy": "TLS_1_2",
        }
        name = declare(
            self,
            "Name",
            "AWS::ApiGatewayV2::DomainName",
            {"DomainName": domain.name, "DomainNameConfigurations": [configuration]},
        )
        mapping = {"ApiId": api.api_id, "DomainName": name.ref, "Stage": api.stage}
        declare(self, "Mapping", "AWS::ApiGatewayV2::ApiMapping", mapping)
        self.target = attribute(name, "RegionalDomainName")
        self.zone_id = attribute(name, "RegionalHostedZoneId")
