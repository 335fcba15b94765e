"""What outlives versions: data, the live HTTP API, the cron rules, the WebSocket API."""

from __future__ import annotations

from constructs import Construct

from motia.names import environment_prefix, version_prefix
from motia_cdk.bucket import EnvironmentBucket
from motia_cdk.cron import CronTriggers
from motia_cdk.domain import ApiDomain
from motia_cdk.environment_ref import EnvironmentRef
from motia_cdk.function_plan import plan_functions
from motia_cdk.http_api import HttpApi
from motia_cdk.limits import check_environment
from motia_cdk.place import Place
from motia_cdk.routes import plan_routes
from motia_cdk.schedules import plan_schedules
from motia_cdk.tables import EnvironmentTables
from motia_cdk.websocket import WebSocketApi
from motia_project.manifest import Manifest
from motia_project.settings import Settings


class MotiaEnvironment(Construct):
    """An environment of a project: a pure function of its settings and of the manifest that is live.

    live, live_version: the version that the routes and cron rules point at. Its functions are found by name, so it can
    live in another stack, or not be there yet. access_log: keep an access log of the live API, for as long as the
    functions' logs.

    Attributes: `ref`, for `MotiaVersion`; `tables`; `bucket`; `api`; `websocket`; `domain`, if the settings name one.
    Raises InvalidProject when AWS would refuse the live version's routes or rules.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        project: str,
        environment: str,
        settings: Settings | None = None,
        live: Manifest | None = None,
        live_version: str | None = None,
        access_log: bool = False,
    ) -> None:
        super().__init__(scope, id)
        check_environment(project, environment, live, live_version)
        settings = settings or Settings()
        place = Place.of(self)
        prefix = environment_prefix(project, environment)
        live_prefix = version_prefix(project, environment, live_version or "")
        functions = plan_functions(live, live_prefix) if live and live_version else ()
        self.tables = EnvironmentTables(self, "Tables")
        self.bucket = EnvironmentBucket(self, "Storage", place)
        self.api = HttpApi(
            self,
            "LiveApi",
            name=prefix,
            place=place,
            routes=plan_routes(functions),
            prefix=live_prefix,
            log_retention_days=settings.log_retention_days if access_log else None,
        )
        CronTriggers(self, "Cron", schedules=plan_schedules(functions, prefix), prefix=live_prefix, place=place)
        self.domain = ApiDomain(self, "Domain", domain=settings.domain, api=self.api) if settings.domain else None
        streams = next((function.name for function in functions if function.kind == "streams"), None)
        self.websocket = WebSocketApi(self, "WebSocket", name=prefix, function=streams, place=place)
        self.ref = EnvironmentRef(
            project=project,
            environment=environment,
            state_table=self.tables.state,
            stream_table=self.tables.streams,
            lock_table=self.tables.locks,
            connection_table=self.tables.connections,
            deployment_table=self.tables.deployments,
            bucket=self.bucket.name,
            api_id=self.api.api_id,
            api_url=f"https://{settings.domain.name}" if settings.domain else self.api.url,
            websocket_api_id=self.websocket.api_id,
            websocket_endpoint=self.websocket.endpoint,
            websocket_url=self.websocket.url,
            domain_target=self.domain.target if self.domain else "",
        )
