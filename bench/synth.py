"""Templates of many Steps, from a cold start: our process against an app of the typed CDK constructs."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from motia_cdk.environment_ref import EnvironmentRef
from motia_cdk.requests import VersionRequest
from motia_cdk.synth_process import SynthProcess
from motia_project.manifest import Manifest, ManifestBundle, ManifestProject, ManifestQueue, ManifestStep
from motia_project.settings import Settings

_RUNS = 3
_ENVIRONMENT = EnvironmentRef("bench", "dev", "t1", "t2", "t3", "t4", "t5", "bucket", "api", "https://api")
_BASELINE = """
import os, sys
os.environ["CDK_VALIDATION"] = "false"
from aws_cdk import App, BootstraplessSynthesizer, Duration, Stack
from aws_cdk import aws_lambda as lambda_, aws_lambda_event_sources as sources
from aws_cdk import aws_logs as logs, aws_s3 as s3, aws_sqs as sqs
app = App(outdir=sys.argv[1], analytics_reporting=False, context={"@aws-cdk/core:stackResourceLimit": 0})
stack = Stack(app, "Baseline", synthesizer=BootstraplessSynthesizer())
bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "bucket")
for n in range(int(sys.argv[2])):
    dead = sqs.DeadLetterQueue(queue=sqs.Queue(stack, f"Dead{n}"), max_receive_count=4)
    queue = sqs.Queue(stack, f"Queue{n}", dead_letter_queue=dead, visibility_timeout=Duration.seconds(180))
    function = lambda_.Function(
        stack, f"Function{n}", runtime=lambda_.Runtime.PYTHON_3_13, handler="motia_handlers.sqs.handler",
        code=lambda_.Code.from_bucket(bucket, f"bundles/{n}.zip"), timeout=Duration.seconds(30),
        log_group=logs.LogGroup(stack, f"Logs{n}"),
    )
    function.add_event_source(sources.SqsEventSource(queue, batch_size=1, report_batch_item_failures=True))
app.synth()
"""


def run() -> list[dict[str, Any]]:
    """Seconds from starting a process to a template on disk; event Steps, each with function, queues, mapping, logs."""
    rows = []
    for steps in (10, 50, 80):
        ours, baseline = _median(lambda n=steps: _ours(n)), _median(lambda n=steps: _typed(n))
        row = {"name": f"synthesize {steps} event Steps, cold", "ours": ours, "baseline": baseline}
        rows.append({**row, "ratio": ours / baseline, "unit": "s"})
    with SynthProcess() as process:
        process.version(_request(1))
        warm = _median(lambda: process.version(_request(50)))
    rows.append({"name": "synthesize 50 event Steps, warm", "ours": warm, "baseline": None, "ratio": None, "unit": "s"})
    return rows


def _ours(steps: int) -> None:
    with SynthProcess() as process:
        process.version(_request(steps))


def _typed(steps: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _BASELINE, folder, str(steps)]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL, cwd=Path(folder))


def _median(measured: Callable[[], object]) -> float:
    times = []
    for _ in range(_RUNS):
        started = time.perf_counter()
        measured()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def _request(steps: int) -> VersionRequest:
    queue = ManifestQueue(fifo=False, max_retries=3, visibility_timeout_s=180)
    built, bundles, topics = {}, {}, {}
    for n in range(steps):
        emits = [f"topic{(n + 1) % steps}"] if n % 2 else []
        built[f"python/steps/s{n}_step.zip"] = ManifestStep(
            type="python",
            entrypointPath=f"/steps/s{n}_step.py",
            config={"type": "event", "name": f"s{n}", "subscribes": [f"topic{n}"], "emits": emits},
            filePath=f"steps/s{n}_step.py",
            id=f"s{n}",
            memory_mb=512,
            timeout_s=30,
            emits=emits,
            queue=queue,
        )
        bundles[f"python/steps/s{n}_step.zip"] = ManifestBundle(
            sha256=f"{n:064x}", size=1, unzipped=1, handler="motia_handlers.sqs.handler", runtime="python3.13"
        )
        topics[f"topic{n}"] = [{"name": f"s{n}", "id": f"s{n}", "fifo": False}]
    project = ManifestProject(
        name="bench", runtime="python3.13", node_runtime="nodejs22.x", architecture="arm64", api="functions"
    )
    manifest = Manifest(project=project, steps=built, bundles=bundles, topics=topics)
    return VersionRequest(manifest, "v1", _ENVIRONMENT, Settings())
