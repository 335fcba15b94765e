"""One version of a project: the functions and queues of its Steps, and an HTTP API to try it at."""

from __future__ import annotations

from collections.abc import Mapping

from constructs import Construct

from motia.names import version_prefix
from motia_cdk.alarms import dead_letter_alarm, error_alarm
from motia_cdk.code import BundleBucket, CodeSource
from motia_cdk.environment_ref import EnvironmentRef
from motia_cdk.function import FunctionSettings, StepFunction
from motia_cdk.function_environment import function_environment
from motia_cdk.function_plan import FunctionPlan, plan_functions
from motia_cdk.http_api import HttpApi
from motia_cdk.limits import check_version
from motia_cdk.place import Place
from motia_cdk.queue import StepQueue
from motia_cdk.role import declare_roles
from motia_cdk.role_plan import Access, plan_roles
from motia_cdk.routes import Route, plan_routes
from motia_cdk.schedules import TICK_AGE_S, plan_schedules
from motia_project.manifest import Manifest
from motia_project.settings import Settings


class MotiaVersion(Construct):
    """The Steps of a manifest, deployed beside other versions of the same environment.

    manifest: what `motia build` made. version: its name. environment: `MotiaEnvironment.ref`, or
    `EnvironmentRef.from_outputs`. code: where the bundles are; the environment's bucket by default. env_vars: the
    user's variables for every function. consume: whether its queues are polled.

    Attributes: `functions` and `queues` by id of the Step (`motia.names.step_id`), routers under `router_python` and
    `router_node`, the function of the WebSocket API under `streams_python`, the one it asks for rules that are not
    Python under `access_node`; `preview_url`, a token, unless `settings.preview` is off or there are no API Steps.
    Raises InvalidProject when AWS would refuse the version.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        manifest: Manifest,
        version: str,
        environment: EnvironmentRef,
        settings: Settings | None = None,
        code: CodeSource | None = None,
        env_vars: Mapping[str, str] | None = None,
        consume: bool = True,
    ) -> None:
        super().__init__(scope, id)
        settings = settings or Settings()
        self._environment = environment
        self._place = Place.of(self)
        self._alarms = settings.alarms
        self.prefix = version_prefix(environment.project, environment.environment, version)
        check_version(manifest, version, environment, settings, env_vars or {})
        plans = plan_functions(manifest, self.prefix)
        routes = plan_routes(plans)
        roles = plan_roles(plans, Access(environment, bool(manifest.streams), settings.vpc is not None))
        role_arns = declare_roles(self, roles, self._place)
        common = FunctionSettings(
            architecture=manifest.project.architecture,
            variables=function_environment(
                environment, version, self._place, env_vars or {}, streams=bool(manifest.streams)
            ),
            settings=settings,
        )
        source = code or BundleBucket(environment.bucket)
        self.functions: dict[str, StepFunction] = {}
        for plan in plans:
            bundle = manifest.bundles[plan.bundle]
            self.functions[plan.id] = StepFunction(
                self,
                plan.id,
                plan=plan,
                handler=bundle.handler,
                runtime=bundle.runtime,
                code=source.location(self, plan.bundle, bundle),
                role_arn=role_arns[plan.id],
                common=common,
            )
        self.queues: dict[str, StepQueue] = {}
        self.preview_url: str | None = None
        preview = self._preview(routes) if settings.preview and routes else None
        for plan in plans:
            self._connect(plan, preview, consume)

    def _preview(self, routes: tuple[Route, ...]) -> HttpApi:
        api = HttpApi(self, "Preview", name=self.prefix, place=self._place, routes=routes, prefix=self.prefix)
        self.preview_url = api.url
        return api

    def _connect(self, plan: FunctionPlan, preview: HttpApi | None, consume: bool) -> None:
        """What starts the function, and who hears of its failures."""
        function = self.functions[plan.id]
        if plan.kind == "api":
            function.allow_api("LiveApi", self._environment.api_id, self._place)
            if preview:
                function.allow_api("PreviewApi", preview.api_id, self._place)
        elif plan.kind == "streams":
            function.allow_api("WebSocketApi", self._environment.websocket_api_id, self._place)
        elif plan.kind == "cron":
            function.no_retries(TICK_AGE_S)
            for schedule in plan_schedules((plan,), self._environment.prefix):
                if schedule.timezone is None:  # EventBridge Scheduler comes with a role of its own
                    function.allow_rule(f"Rule_{schedule.name}", schedule.name, self._place)
        elif plan.queue:
            queue = self.queues[plan.id] = StepQueue(
                self,
                f"{plan.id}_Queue",
                plan=plan,
                queue=plan.queue,
                function=function,
                place=self._place,
                consume=consume,
            )
            if self._alarms and self._alarms.dead_letters:
                dead_letter_alarm(queue, "Alarm", queue=queue.dead_letter_name, alarms=self._alarms)
        if self._alarms and self._alarms.errors:
            error_alarm(function, "Alarm", function=function.ref, alarms=self._alarms)
