"""Loading again: the new code serves, the old ends what it began, what is broken stays as it was."""

import asyncio

import pytest

from motia.errors import ProjectError
from motia_local.workers.invocation import Invocation
from motia_local.workers.process import WorkerProcess

SLOW = """
    import asyncio
    async def handler(req):
        await asyncio.sleep(0.5)
        return {'status': 200, 'body': 'old'}
"""
SAYS = "\n    async def handler(req): return {{'status': 200, 'body': {!r}}}\n"


def test_requests_go_to_the_newest_code_and_those_at_work_end_in_the_old(in_lab):
    async def body(lab):
        lab.write("step", SLOW)
        await lab.load()
        before = lab.run("step")
        await lab.until(lambda: any(member.running for member in lab.pool.fleet.members))
        lab.write("step", SAYS.format("new"))
        await lab.load()
        assert await lab.text("step") == "new"
        assert (await before).response.body == b"old"
        await lab.until(lambda: {member.generation for member in lab.pool.fleet.members} <= {0, 2})

    in_lab(body)


def test_a_broken_step_stays_as_it_was_and_the_others_change(in_lab):
    async def body(lab):
        lab.write("one", SAYS.format("one"))
        lab.write("two", SAYS.format("two"))
        await lab.load()
        lab.write("one", "\n    raise ValueError('not today')\n")
        lab.write("two", SAYS.format("changed"))
        assert "ValueError: not today" in (await lab.load())["one"]
        assert [await lab.text("one"), await lab.text("two")] == ["one", "changed"]
        lab.write("one", SAYS.format("whole"))
        assert await lab.load() == {}
        assert await lab.text("one") == "whole"
        await lab.until(lambda: {member.generation for member in lab.pool.fleet.members} <= {0, 3})

    in_lab(body)


def test_a_step_whose_import_ends_the_worker_is_left_out(in_lab):
    async def body(lab):
        lab.write("fine", SAYS.format("fine"))
        lab.write("fatal", "\n    import os\n    os._exit(7)\n")
        assert await lab.load() == {"fatal": "importing it ended the worker (exit code 7)"}
        assert await lab.text("fine") == "fine"
        await lab.until(lambda: len(lab.pool._routes.get("fine", ())) == 2)

    in_lab(body)


def test_a_removed_step_answers_at_once_that_it_is_gone(in_lab):
    async def body(lab):
        lab.write("kept", SAYS.format("kept"))
        lab.write("gone", SAYS.format("gone"))
        await lab.load()
        gone = lab.steps.pop("gone")
        await lab.load()
        outcome = await asyncio.wait_for(lab.pool.invoke(Invocation(gone.id, "event", "T", 5)), 1)
        assert outcome.failure.message == "the Step is gone"

    in_lab(body)


def test_requests_before_the_first_load_wait_for_it(in_lab):
    async def body(lab):
        lab.write("step", SAYS.format("here"))
        early = lab.run("step")
        await lab.load()
        assert (await early).response.body == b"here"

    in_lab(body)


def test_the_spare_makes_a_load_quick(in_lab):
    async def body(lab):
        lab.write("step", "\n    import decimal, email.message, xml.dom.minidom\n" + SAYS.format("0").lstrip("\n"))
        await lab.load()
        for number in range(1, 4):
            await lab.until(lambda: any(member.spare and member.hello.done() for member in lab.pool.fleet.members))
            lab.write("step", SAYS.format(str(number)))
            before = lab.pids()
            await lab.load()
            assert await lab.text("step") == str(number)
            newest = max(lab.pool.fleet.members, key=lambda member: member.generation)
            assert newest.process.pid in before

    in_lab(body)


def test_a_worker_is_heard_that_speaks_before_its_start_has_returned(in_lab, monkeypatch):
    start = WorkerProcess.start

    async def late(self, *arguments):
        await start(self, *arguments)
        await asyncio.sleep(1.5)  # on a machine that is busy

    async def body(lab):
        monkeypatch.setattr(WorkerProcess, "start", late)
        lab.write("step", SAYS.format("fine"))
        async with asyncio.timeout(15):
            assert await lab.load() == {}
        assert await lab.text("step") == "fine"

    in_lab(body)


def test_a_worker_that_ends_before_its_start_has_returned_is_not_waited_for(in_lab, monkeypatch):
    start = WorkerProcess.start

    async def fatal(self, *arguments):
        await start(self, *arguments)
        self.kill()
        await self.wait()

    async def body(lab):
        lab.write("step", SAYS.format("fine"))
        with monkeypatch.context() as patch:
            patch.setattr(WorkerProcess, "start", fatal)
            await lab.pool.prestart()
            with pytest.raises(ProjectError, match="ended at once"):
                await lab.load()
        assert not lab.pool.fleet.members
        assert await lab.load() == {}
        assert await lab.text("step") == "fine"

    in_lab(body)
