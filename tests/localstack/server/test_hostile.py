"""Whatever arrives on the port, the server stays up and never answers that the fault is its own."""

import random
from collections import Counter

import pytest

from hostile_http import request, status


@pytest.mark.parametrize("count", [600, pytest.param(6000, marks=pytest.mark.slow)])
def test_hostile_requests(site, count):
    site.api("echo", "POST", "/echo/:id?", "return {'status': 200, 'body': repr(req)[:100]}")
    site.start()
    chance = random.Random(20)
    seen = Counter(status(site.live.server.port, request(chance)) for _ in range(count))
    assert not [answer for answer in seen if answer.startswith("5")], seen
    assert site.call("POST", "/echo/1", {}).status == 200
