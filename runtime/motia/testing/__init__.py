"""Tools for a project's tests (docs/testing.md). Not part of a bundle.

    with motia_test("path/to/project") as app:                   a whole project, in memory
        app.call("CreateOrder", body={"items": ["tea"]})
        app.wait_idle()
    async with MotiaTest("path/to/project") as app: ...           the same in asynchronous tests
    step = one_step("steps/create_order_step.py")                 one Step file
    asyncio.run(handler(request(body={}), context()))             one handler

`motia.testing.contract` holds the tests that every adapter has to pass.
"""

from __future__ import annotations

from motia.testing.app import MotiaTest
from motia.testing.context import TestContext, context
from motia.testing.http import Headers, Response, request
from motia.testing.one_step import OneStep, one_step
from motia.testing.plain import PlainApp, motia_test
from motia.testing.recorded import DeadLetter, Emitted

__all__ = [
    "DeadLetter",
    "Emitted",
    "Headers",
    "MotiaTest",
    "OneStep",
    "PlainApp",
    "Response",
    "TestContext",
    "context",
    "motia_test",
    "one_step",
    "request",
]
