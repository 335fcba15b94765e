"""A process with an engine under load, made to be killed: `engine_program.py MODE FOLDER LEDGER`.

load: four producers publish without end, every event to a standard and to a FIFO queue. drain: run until the queues
are empty, then stop cleanly. poison: consume a queue whose handler kills the process at the event "poison".

The ledger is a file each line of which is one system call, so that a killed process has written all it did:
`accepted N`, `begin QUEUE N ATTEMPT`, `end QUEUE N ATTEMPT`. N: producer * 1,000,000 + a rising number, so that a
FIFO group (one a producer) rises.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

from motia.backend import Message, Subscriber
from motia_local.engine import Delivery, Engine, QueueSpec

STANDARD, FIFO, POISON = Subscriber("Standard", "standard"), Subscriber("Fifo", "fifo", True), "poison"
SPECS = [
    QueueSpec("standard", "Standard", max_retries=1000, retry_delay_s=0.005),
    QueueSpec("fifo", "Fifo", fifo=True, max_retries=1000, retry_delay_s=0.005),
    QueueSpec("poison", "Poison", max_retries=2, concurrency=1, retry_delay_s=0),
]


class Program:
    def __init__(self, folder: Path, ledger: Path) -> None:
        self.engine = Engine(folder)
        self.ledger = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self.random = random.Random()

    def note(self, *words: object) -> None:
        os.write(self.ledger, (" ".join(map(str, words)) + "\n").encode())

    async def handle(self, delivery: Delivery) -> None:
        n = delivery.data["n"]
        self.note("begin", delivery.queue, n, delivery.receive_count)
        await asyncio.sleep(self.random.random() * 0.004)
        await self.engine.state.set(delivery.queue, str(n), delivery.receive_count)
        if self.random.random() < 0.1:
            raise ValueError("a failure now and then")
        self.note("end", delivery.queue, n, delivery.receive_count)

    async def produce(self, producer: int, first: int) -> None:
        n = producer * 1_000_000 + first
        while True:
            shared = {"topic": "t", "data": {"n": n}, "trace_id": "T"}
            await self.engine.events.publish(
                [
                    Message(STANDARD, **shared),
                    Message(FIFO, **shared, group_id=str(producer), dedup_id=str(n)),
                ]
            )
            self.note("accepted", n)
            n += 1
            await asyncio.sleep(0.001)

    async def poison(self, delivery: Delivery) -> None:
        self.note("begin", "poison", delivery.data, delivery.receive_count)
        if delivery.data == POISON:
            os.kill(os.getpid(), signal.SIGKILL)
        self.note("end", "poison", delivery.data, delivery.receive_count)


async def main(mode: str, folder: Path, ledger: Path, first: int) -> None:
    program = Program(folder, ledger)
    engine = program.engine
    await engine.start()
    await engine.queues.configure(SPECS)
    if mode == "poison":
        if first == 0:
            victims = [POISON, "innocent"]
            await engine.events.publish([Message(Subscriber("Poison", "poison"), "t", data, "T") for data in victims])
        engine.queues.consume("poison", program.poison)
    else:
        for queue in ("standard", "fifo"):
            engine.queues.consume(queue, program.handle)
    print("ready", flush=True)
    if mode == "load":
        await asyncio.gather(*(program.produce(producer, first) for producer in range(1, 5)))
    assert await engine.queues.wait_idle(60)
    await engine.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])))
