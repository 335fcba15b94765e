"""Bundles of TypeScript Steps in a process of their own, as Lambda runs them."""

import json
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handlers import node_bundles
from handlers.bundles import event_of
from handlers.node_bundles import Aws, bundle, step
from motia.backend import Subscriber
from motia.descriptor import BundleDescriptor


@pytest.fixture
def endpoint() -> Iterator[str]:
    with node_bundles.aws() as url:
        yield url


def run(
    root: Path, endpoint: str, kind: str, source: str, events: list[Any], config: str = "", **more: Any
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    topics: dict[str, tuple[Subscriber, ...]] = {
        "done": (Subscriber("Next", "Next"), Subscriber("Ordered", "Ordered", fifo=True))
    }
    route = {"method": "POST", "path": "/orders/:id/:share"} if kind == "api" else {}
    described = step(kind, emits=("done",), **route)
    descriptor = BundleDescriptor((described,), topics, ("chat",), **more)
    return node_bundles.run(bundle(root, source, descriptor, config), events, endpoint)


def operations() -> list[str]:
    return [operation for operation, _ in Aws.calls]


def test_an_api_step_answers_and_loads_no_client_for_it(tmp_path: Path, endpoint: str) -> None:
    source = """
    let count = 0
    export const handler = async (req: { body: { total: number } }, { logger }: any) => {
      logger.info('hello', { n: ++count })
      return { status: 200, body: count }
    }
    """
    found, records = run(tmp_path, endpoint, "api", source, [event_of("http_api")] * 2)
    assert [answer["body"] for answer in found["answers"]] == ["1", "2"]
    assert [(record["n"], record["step"], record["level"]) for record in records] == [
        (1, "Work", "info"),
        (2, "Work", "info"),
    ]
    assert list(records[0])[:6] == ["timestamp", "level", "step", "traceId", "flows", "msg"]
    assert found["loaded"] == []
    assert Aws.calls == []


def test_what_a_step_does_is_done_before_it_answers(tmp_path: Path, endpoint: str) -> None:
    source = """
    export const handler = async (req: any, { emit, state, streams }: any) => {
      state.set('g', 'k', { a: 1 })
      emit({ topic: 'done', data: 1, messageGroupId: 'g' })
      emit({ topic: 'done', data: 2, messageGroupId: 'g' })
      streams.chat.set('room', 'm', { text: 'hi' })
      return { status: 204 }
    }
    """
    found, records = run(tmp_path, endpoint, "api", source, [event_of("http_api")])
    assert (found["answers"][0]["statusCode"], records) == (204, [])
    assert operations().count("PutItem") == 2
    assert operations().count("GetQueueUrl") == 2
    [batch] = [body for operation, body in Aws.calls if operation == "SendMessageBatch"]
    assert [json.loads(entry["MessageBody"])["data"] for entry in batch["Entries"]] == [1, 2]
    ordered = [body for operation, body in Aws.calls if operation == "SendMessage"]
    assert [json.loads(body["MessageBody"])["data"] for body in ordered] == [1, 2]
    assert len({body["MessageDeduplicationId"] for body in ordered}) == 2


def test_an_event_step_handles_its_batch(tmp_path: Path, endpoint: str) -> None:
    source = """
    export const handler = async (data: any) => {
      if (data.id !== 1) throw Object.assign(new RangeError('not one'), { code: 7 })
    }
    """
    found, records = run(tmp_path, endpoint, "event", source, [event_of("sqs_standard")])
    assert [len(answer["batchItemFailures"]) for answer in found["answers"]] == [1]
    [record] = records
    assert (record["msg"], record["error"]["name"], record["error"]["code"]) == ("Attempt 3 failed", "RangeError", 7)
    assert operations() == ["GetQueueUrl", "ChangeMessageVisibility"]
    assert Aws.calls[1][1]["VisibilityTimeout"] == 2


def test_a_cron_step_takes_its_lock_and_runs(tmp_path: Path, endpoint: str) -> None:
    source = "export const handler = async (ctx: any) => ctx.logger.info('ran')"
    found, records = run(tmp_path, endpoint, "cron", source, [event_of("eventbridge")])
    assert found["answers"] == [None]
    assert [record["msg"] for record in records] == ["ran"]
    assert operations() == ["PutItem"]
    assert Aws.calls[0][1]["Item"]["name"] == {"S": "cron#work#2026-10-08T16:53"}


CRASHES = {
    "process.exit": ("process.exit(3)", "HandlerExit", "the handler called process.exit(3)"),
    "exit in a timer": ("setTimeout(() => process.exit(), 1); await never", "HandlerExit", "called process.exit()"),
    "a rejection": ("Promise.reject(new TypeError('lost')); await never", "TypeError", "lost"),
    "an uncaught error": ("setTimeout(() => { throw new TypeError('odd') }, 1); await never", "TypeError", "odd"),
    "no error at all": ("setTimeout(() => { throw 'odd' }, 1); await never", "Error", "odd"),
}


@pytest.mark.parametrize("crash", CRASHES)
def test_what_would_end_the_process_is_a_failed_attempt(tmp_path: Path, endpoint: str, crash: str) -> None:
    code, name, message = CRASHES[crash]
    source = f"""
    const never = new Promise(() => undefined)
    export const handler = async (data: any) => {{
      if (data.id === 2) {{ {code} }}
    }}
    """
    found, records = run(tmp_path, endpoint, "event", source, [event_of("sqs_standard")] * 2)
    assert [len(answer["batchItemFailures"]) for answer in found["answers"]] == [1, 1]
    assert [record["msg"] for record in records] == ["Attempt 3 failed"] * 2
    assert records[0]["error"]["name"] == name
    assert message in records[0]["error"]["message"]


def test_what_would_end_the_process_is_a_500(tmp_path: Path, endpoint: str) -> None:
    source = """
    export const handler = async () => {
      setTimeout(() => { throw new Error('odd') }, 1)
      await new Promise(() => undefined)
    }
    """
    found, records = run(tmp_path, endpoint, "api", source, [event_of("http_api")])
    assert (found["answers"][0]["statusCode"], found["answers"][0]["body"]) == (
        500,
        '{"error":"Internal server error"}',
    )
    assert [record["msg"] for record in records] == ["[API] Internal server error"]


def test_an_error_after_the_answer_is_a_record_and_nothing_else(tmp_path: Path, endpoint: str) -> None:
    source = """
    export const handler = async () => {
      setTimeout(() => { throw new Error('late') }, 5)
      return { status: 200 }
    }
    """
    found, records = run(tmp_path, endpoint, "api", source, [event_of("http_api")] * 2)
    assert [answer["statusCode"] for answer in found["answers"]] == [200, 200]
    assert [(record["level"], record["step"], record["msg"]) for record in records] == [
        ("error", "Work", "An error that nobody caught")
    ] * 2


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("throw new TypeError('DATABASE_URL is not set')", "TypeError: DATABASE_URL is not set"),
        ("process.exit(4)", "the file calls process.exit(4) while it is imported"),
        ("await Promise.reject(new Error('no'))", "Error: no"),
    ],
)
def test_a_step_that_cannot_be_imported_is_reported_and_answers_500(
    tmp_path: Path, endpoint: str, code: str, message: str
) -> None:
    source = f"{code}\nexport const handler = async () => ({{ status: 200 }})"
    found, records = run(tmp_path, endpoint, "api", source, [event_of("http_api")])
    assert found["answers"][0]["statusCode"] == 500
    assert [record["msg"] for record in records] == [f"the Step cannot be imported: {message}"] * 2


ONLY_THE_THIRD_TIME = """
const shared = globalThis as { times?: number }
shared.times = (shared.times ?? 0) + 1
if (shared.times < 3) throw new Error(`not yet, time ${shared.times}`)
"""


def test_a_failed_import_is_tried_again_by_the_next_invocation(tmp_path: Path, endpoint: str) -> None:
    source = f"""{ONLY_THE_THIRD_TIME}
let count = 0
export const handler = async (req: any) => {{
  if (++count === 2) setTimeout(() => process.exit(1), 1)
  if (count === 2) await new Promise(() => undefined)
  return {{ status: 200, body: count }}
}}
"""
    found, records = run(tmp_path, endpoint, "api", source, [event_of("http_api")] * 4)
    assert [(answer["statusCode"], answer["body"]) for answer in found["answers"]] == [
        (500, '{"error":"Internal server error"}'),
        (200, "1"),
        (500, '{"error":"Internal server error"}'),
        (200, "3"),
    ]
    assert [record["msg"] for record in records] == [
        "the Step cannot be imported: Error: not yet, time 1",
        "the Step cannot be imported: Error: not yet, time 2",
        "[API] Internal server error",
    ]
    assert "steps/work.step.ts:4:" in records[1]["error"]["stack"]
    assert records[2]["error"]["message"].startswith("the handler called process.exit(1)")


def test_a_failed_import_never_costs_an_event_more_than_its_attempts(tmp_path: Path, endpoint: str) -> None:
    source = "throw new Error('never')\nexport const handler = async () => undefined"
    found, records = run(tmp_path, endpoint, "event", source, [event_of("sqs_fifo")] * 25)
    assert [len(answer["batchItemFailures"]) for answer in found["answers"]] == [1] * 25
    assert len(records) == 26


def test_stacks_are_those_of_the_sources(tmp_path: Path, endpoint: str) -> None:
    source = """
    type Order = {
      id: number
    }

    const check = (order: Order): never => { throw new Error('line seven') }
    export const handler = async (data: Order) => check(data)
    """
    _, records = run(tmp_path, endpoint, "event", source, [event_of("sqs_fifo")])
    stack = records[0]["error"]["stack"].splitlines()
    assert stack[0] == "Error: line seven"
    assert "steps/work.step.ts:6:" in stack[1]
    assert "steps/work.step.ts:7:" in stack[2]
    assert len(stack) == 3, "ours are left out"


def test_adapters_of_the_project_take_the_place_of_ours(tmp_path: Path, endpoint: str) -> None:
    config = """
    import { StreamAdapter } from 'motia'

    class Kept {
      values = new Map<string, unknown>()
      get = async (group: string, key: string) => this.values.get(group + key) ?? null
      set = async (group: string, key: string, value: unknown) => (this.values.set(group + key, value), value)
      delete = async () => null
      getGroup = async () => [...this.values.values()]
      clear = async () => undefined
      cleanup = async () => undefined
      keys = async () => []
      traceIds = async () => []
      items = async () => []
    }
    class Items extends StreamAdapter<any> {
      async get(group: string, id: string) { return null }
      async set(group: string, id: string, data: any) { return { ...data, id, kept: this.streamName } }
      async delete() { return null }
      async getGroup() { return [] }
    }
    export default { adapters: { state: new Kept(), streams: Items } }
    """
    source = """
    export const handler = async (req: any, { state, streams }: any) => {
      const before = await state.get('g', 'n')
      await state.set('g', 'n', (before ?? 0) + 1)
      const { kept, text } = await streams.chat.set('room', '1', { text: 'hi' })
      return { status: 200, body: [before, kept, text] }
    }
    """
    adapters = ("state", "streams")
    found, _ = run(tmp_path, endpoint, "api", source, [event_of("http_api")] * 2, config, adapters=adapters)
    assert [json.loads(answer["body"]) for answer in found["answers"]] == [[None, "chat", "hi"], [1, "chat", "hi"]]
    assert Aws.calls == []


def test_an_adapter_that_cannot_be_made_is_an_error_of_every_request(tmp_path: Path, endpoint: str) -> None:
    config = "export default { adapters: { state: () => { throw new Error('no server') } } }"
    source = "export const handler = async () => ({ status: 200 })"
    found, records = run(tmp_path, endpoint, "api", source, [event_of("http_api")], config, adapters=("state",))
    assert found["answers"][0]["statusCode"] == 500
    assert "adapters.state cannot be made" in records[-1]["msg"]
    assert "no server" in records[-1]["msg"]


def test_a_bundle_is_imported_in_less_than_twice_the_time_of_an_empty_handler(tmp_path: Path, endpoint: str) -> None:
    """CPU time of a whole process, the median of several, the two taking turns; with TLS, as on AWS."""
    source = "export const handler = async () => ({ status: 200 })"
    made = bundle(tmp_path, source, BundleDescriptor((step("api", method="GET", path="/"),), {}))
    empty = tmp_path / "empty.mjs"
    empty.write_text(source)
    environ = {**node_bundles.environ(endpoint), "AWS_ENDPOINT_URL": ""}
    spent: dict[Path, list[float]] = {empty: [], made: []}
    for _ in range(9):
        for file, times in spent.items():
            times.append(node_bundles.cpu_seconds(file, environ))
    assert statistics.median(spent[made]) < 2 * statistics.median(spent[empty]), spent
