"""Adapters for the projects that tests write: what they keep lies in files, so that every process sees it."""

# lib/kept.py
KEPT = """
import fcntl
import json
import os
import time
from contextlib import contextmanager

from motia.adapters import CronAdapter, CronLock, CronLockInfo, StateAdapter, StateItem, StreamAdapter
from motia.adapters.types import json_type

PATH = os.environ.get("KEPT", "kept.json")


@contextmanager
def kept():
    with open(PATH, "a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        text = file.read()
        data = json.loads(text) if text else {"state": {}, "streams": {}, "locks": {}}
        yield data
        file.truncate(0)
        file.write(json.dumps(data))


class KeptState(StateAdapter):
    def __init__(self):
        self.made_in = os.getpid()

    async def get(self, group_id, key):
        if key == "broken":
            raise RuntimeError("the disk is gone")
        with kept() as data:
            return data["state"].get(group_id, {}).get(key)

    async def set(self, group_id, key, value):
        with kept() as data:
            data["state"].setdefault(group_id, {})[key] = value
        return value

    async def delete(self, group_id, key):
        with kept() as data:
            return data["state"].get(group_id, {}).pop(key, None)

    async def get_group(self, group_id):
        with kept() as data:
            return list(data["state"].get(group_id, {}).values())

    async def clear(self, group_id):
        with kept() as data:
            data["state"].pop(group_id, None)

    async def keys(self, group_id):
        with kept() as data:
            return list(data["state"].get(group_id, {}))

    async def trace_ids(self):
        with kept() as data:
            return list(data["state"])

    async def items(self, input):
        with kept() as data:
            return [
                StateItem(group, key, json_type(value), value)
                for group, values in data["state"].items()
                for key, value in values.items()
                if input.group in (None, group)
            ]


class KeptStream(StreamAdapter):
    def _of(self, data, group_id):
        return data["streams"].setdefault(f"{self.stream_name}/{group_id}", {})

    async def get(self, group_id, id):
        with kept() as data:
            return self._of(data, group_id).get(id)

    async def set(self, group_id, id, data):
        with kept() as all:
            self._of(all, group_id)[id] = {**data, "id": id}
        return {**data, "id": id}

    async def delete(self, group_id, id):
        with kept() as data:
            return self._of(data, group_id).pop(id, None)

    async def get_group(self, group_id):
        with kept() as data:
            return list(self._of(data, group_id).values())


class KeptLocks(CronAdapter):
    async def acquire_lock(self, job_name, ttl_ms):
        now = int(time.time() * 1000)
        with kept() as data:
            if data["locks"].get(job_name, 0) > now:
                return None
            data["locks"][job_name] = now + ttl_ms
        return CronLock(job_name, "here", now, now + ttl_ms, job_name)

    async def release_lock(self, lock):
        with kept() as data:
            data["locks"].pop(lock.job_name, None)

    async def renew_lock(self, lock, ttl_ms):
        return True

    async def is_healthy(self):
        return True

    async def shutdown(self):
        return

    async def get_active_locks(self):
        with kept() as data:
            return [CronLockInfo(name, "here", 0, until) for name, until in data["locks"].items()]
"""
ALL = """
from lib.kept import KeptLocks, KeptState, KeptStream

adapters = {"state": KeptState, "streams": KeptStream, "cron": KeptLocks()}
"""
EVENTS = """
from motia.adapters.memory_events import MemoryEventAdapter

adapters = {"events": MemoryEventAdapter(retry_delay_s=0.05)}
"""
