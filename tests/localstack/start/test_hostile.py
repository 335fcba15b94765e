"""Whatever arrives on the port, no worker of `motia start` ends over it or answers that the fault is its own."""

import random
import threading
from collections import Counter

import pytest

from hostile_http import request, status
from start_bodies import Body, says
from waiting import eventually

REPEATS = Body(
    'return {"status": 200, "body": repr(req)[:100]}',
    "return { status: 200, body: String(JSON.stringify(req)).slice(0, 100) }",
)
AT_ONCE = 8


@pytest.mark.parametrize("count", [600, pytest.param(6000, marks=pytest.mark.slow)])
def test_hostile_requests(site, count):
    site.api("echo", REPEATS, "POST", "/echo/:id?")
    site.api("hello", says("hello"))
    site.start()
    pids = site.pids()
    seen: Counter[str] = Counter()

    def attack(number: int) -> None:
        chance = random.Random(number)
        for _ in range(count // AT_ONCE):
            before = chance.choice([b"", b"GET /hello HTTP/1.1\r\nhost: a\r\n\r\n"])
            seen[status(site.server.port, before + request(chance), half_close=chance.random() < 0.5)] += 1

    attackers = [threading.Thread(target=attack, args=(number,)) for number in range(AT_ONCE)]
    for attacker in attackers:
        attacker.start()
    for attacker in attackers:
        attacker.join()
    assert not [answer for answer in seen if answer.startswith("5")], seen
    assert seen["200"] > count / 4
    assert site.pids() == pids
    assert site.get("/hello").status == 200
    eventually(lambda: site.served_by_workers() == 0)
