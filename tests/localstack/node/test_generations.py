"""Loading again: the new code serves, the old ends what it began, what is broken stays as it was."""

from motia.descriptor import StepDescriptor

SLOW = """
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
export const handler = async () => {
  await sleep(500)
  return { status: 200, body: 'old' }
}
"""


def says(text: str) -> str:
    return f"export const handler = async () => ({{ status: 200, body: '{text}' }})\n"


def test_requests_go_to_the_newest_code_and_those_at_work_end_in_the_old(in_lab):
    async def body(lab):
        lab.write("step", SLOW)
        await lab.load()
        before = lab.run("step")
        await lab.until(lambda: any(member.running for member in lab.pool.fleet.members))
        lab.write("step", says("new"))
        await lab.load()
        assert await lab.text("step") == "new"
        assert (await before).response.body == b"old"
        await lab.until(lambda: {member.generation for member in lab.pool.fleet.members} <= {0, 2})

    in_lab(body)


def test_a_broken_step_stays_as_it_was_and_the_others_change(in_lab):
    async def body(lab):
        lab.write("one", says("one"))
        lab.write("two", says("two"))
        await lab.load()
        for broken, reason in [
            ("throw new RangeError('not today')", "RangeError: not today"),
            ("const = 1", "Expected"),
        ]:
            lab.write("one", f"\n{broken}\n{says('broken')}")
            lab.write("two", says(broken[:5]))
            assert reason in (await lab.load())["one"]
            assert [await lab.text("one"), await lab.text("two")] == ["one", broken[:5]]
        lab.write("one", says("whole"))
        assert await lab.load() == {}
        assert await lab.text("one") == "whole"
        await lab.until(lambda: {member.generation for member in lab.pool.fleet.members} <= {0, 4})

    in_lab(body)


def test_a_step_whose_import_ends_the_worker_is_left_out(in_lab):
    async def body(lab):
        lab.write("ok", says("fine"))
        lab.write("fatal", "process.abort()\n" + says("never"))
        assert await lab.read() is None
        assert await lab.load() == {"fatal": "importing it ended the worker (signal SIGABRT)"}
        assert await lab.text("ok") == "fine"
        await lab.settled()

    in_lab(body)


def test_a_step_that_exits_when_imported_says_so(in_lab):
    async def body(lab):
        lab.write("ok", says("fine"))
        lab.write("leaves", "if (!process.env.TOKEN) process.exit(4)\n" + says("never"))
        answers = {answer["file"]: answer for answer in await lab.read()}
        (problem,) = answers["steps/leaves.step.ts"]["problems"]
        assert problem["what"] == "the file ends the process when it is imported: process.exit(4)"
        assert "steps/leaves.step.ts:2" in problem["traceback"]
        assert list(await lab.load()) == ["leaves"]
        assert await lab.text("ok") == "fine"

    in_lab(body)


def test_a_removed_step_answers_at_once_that_it_is_gone(in_lab):
    async def body(lab):
        lab.write("kept", says("kept"))
        lab.write("gone", says("gone"))
        await lab.load()
        gone = lab.steps.pop("gone")
        await lab.load()
        lab.steps["gone"] = gone
        assert await lab.text("gone") == "lost: the Step is gone"

    in_lab(body)


def test_helpers_json_and_tsconfig_paths_are_part_of_a_step(in_lab):
    async def body(lab):
        (lab.root / "src").mkdir()
        (lab.root / "tsconfig.json").write_text('{"compilerOptions": {"paths": {"@lib/*": ["./src/*"]}}}')
        (lab.root / "src/words.ts").write_text("export const WORD: string = 'one'\n")
        (lab.root / "src/numbers.json").write_text('{"n": 1}')
        lab.write(
            "step",
            """
            import { WORD } from '@lib/words'
            import numbers from '../src/numbers.json'
            export const handler = async () => ({ status: 200, body: WORD + numbers.n })
            """,
        )
        await lab.load()
        assert await lab.text("step") == "one1"
        (lab.root / "src/words.ts").write_text("export const WORD: string = 'two'\n")
        await lab.load()
        assert await lab.text("step") == "two1"
        (lab.root / "src/numbers.json").write_text('{"n": 2}')
        await lab.load()
        assert await lab.text("step") == "two2"

    in_lab(body)


def test_the_spare_makes_a_load_quick(in_lab):
    async def body(lab):
        lab.write("step", says("0"))
        await lab.load()
        for number in range(1, 4):
            await lab.until(lambda: any(member.spare and member.hello.done() for member in lab.pool.fleet.members))
            lab.write("step", says(str(number)))
            before = lab.pids()
            await lab.load()
            assert await lab.text("step") == str(number)
            newest = max(lab.pool.fleet.members, key=lambda member: member.generation)
            assert newest.process.pid in before

    in_lab(body)


def test_the_environment_of_a_generation_is_that_of_its_load(in_lab):
    async def body(lab):
        lab.write("step", "export const handler = async () => ({ status: 200, body: process.env.WORD ?? 'none' })\n")
        await lab.load()
        assert await lab.text("step") == "none"
        lab.pools.env = {**lab.pools.env, "WORD": "hello"}
        await lab.load()
        assert await lab.text("step") == "hello"

    in_lab(body)


def test_a_language_is_started_with_its_first_file(in_lab):
    async def body(lab):
        lab.write("step", says("node"))
        await lab.load()
        assert set(lab.pools.started) == {"node"}
        (lab.root / "steps/other_step.py").write_text(
            "config = {'type': 'api', 'name': 'other', 'emits': []}\n"
            "async def handler(req, context): return {'status': 200, 'body': 'python'}\n"
        )
        lab.steps["other"] = StepDescriptor("other", "other", "api", "steps/other_step.py")
        lab.pools.pool("python").fleet.size = 1
        await lab.pools.read("python", ["steps/other_step.py"])
        node = lab.pids()
        await lab.load_all()
        assert (await lab.invoke("other")).response.body == b"python"
        assert (await lab.invoke("step")).response.body == b"node"
        assert node & lab.pids(), "a change of Python files leaves the Node workers as they are"

    in_lab(body)
