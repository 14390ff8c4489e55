"""`evlog serve` is killed by SIGKILL under load and started again, several times on one log.

Usage: kill_test.py EVLOG SEED ROUNDS
ROUNDS: of each durability, sync and os; with EVLOG_SOAK set, thirty. After each:
- of each producer the entries 0..m are there, in order, and each that was acknowledged is among
  them with the id that was told;
- those of a producer that repeats what was not acknowledged, with IDMP, are there once each;
- what consumers were given and have not acknowledged is still theirs, what they have
  acknowledged is not, and in the end every entry was delivered, and acknowledged.
"""

import os
import random
import sys
import threading

from resp import Client, Evlog, encode

PRODUCERS = 4  # the even ones with IDMP
CONSUMERS = 2  # of the stream of the first producer


class Producer:
    """Appends numbers, many in flight."""

    def __init__(self, number, seed):
        self.stream = f"s{number}"
        self.repeats = number % 2 == 0
        self.random = random.Random(seed * PRODUCERS + number)
        self.ids = []  # that were told, by number
        self.sent = 0  # so many may be there

    def run(self, port, killed):
        try:
            client = Client(port)
            while not killed.is_set():
                self.append(client)
        except (OSError, EOFError):
            assert killed.is_set(), "the connection ended by itself"

    def append(self, client):
        count = self.random.choice((1, 1, 5, 20))
        requests = b""
        for number in range(len(self.ids), len(self.ids) + count):
            mark = ["IDMP", "p", number] if self.repeats else []
            requests += encode(["XADD", self.stream, *mark, "*", "n", number])
        self.sent = max(self.sent, len(self.ids) + count)
        client.socket.sendall(requests)
        for _ in range(count):
            reply = client.read()
            assert reply.startswith("$"), reply
            self.ids.append(reply[1:])

    def check(self, client):
        entries = [(entry[0][1:], int(entry[1][1][1:]))
                   for entry in client.send(["XRANGE", self.stream, "-", "+"])]
        assert [number for _, number in entries] == list(range(len(entries))), self.stream
        told = len(self.ids)
        assert told <= len(entries) <= self.sent, (
            f"{self.stream}: {told} acknowledged, {self.sent} sent, {len(entries)} there")
        assert [entry_id for entry_id, _ in entries[:told]] == self.ids
        if not self.repeats:  # it goes on behind what is there
            self.ids = [entry_id for entry_id, _ in entries]
            self.sent = len(entries)


class Consumer:
    """Reads and acknowledges most; some it keeps."""

    def __init__(self, number, seed):
        self.name = f"c{number}"
        self.random = random.Random(-seed - number)
        self.has = set()  # was given, and has not begun to acknowledge
        self.unsure = set()  # the acknowledgment was sent, and not answered
        self.acked = set()

    def run(self, port, killed):
        try:
            client = Client(port)
            while not killed.is_set():
                self.consume(client, ">")
        except (OSError, EOFError):
            assert killed.is_set(), "the connection ended by itself"

    def read(self, client, after):
        reply = client.send(["XREADGROUP", "GROUP", "g", self.name, "COUNT", 10, "BLOCK", 20,
                             "STREAMS", "s0", after])
        assert isinstance(reply, list) or reply == "*-1", reply
        return [entry[0][1:] for entry in reply[0][1]] if isinstance(reply, list) else []

    def consume(self, client, after):
        ids = self.read(client, after)
        self.has.update(ids)
        ids = [each for each in ids if after != ">" or self.random.randrange(4)]
        if not ids:
            return 0
        self.has.difference_update(ids)
        self.unsure.update(ids)
        count = client.send(["XACK", "s0", "g", *ids])
        assert count == f":{len(ids)}", count
        self.unsure.difference_update(ids)
        self.acked.update(ids)
        return len(ids)

    def check(self, client):
        pending = {entry[0][1:] for entry in
                   client.send(["XPENDING", "s0", "g", "-", "+", 1_000_000, self.name])}
        assert self.has <= pending, f"{self.name} has lost {self.has - pending}"
        assert not self.acked & pending, f"acknowledged, yet pending: {self.acked & pending}"
        # The rest was given to it without its knowledge, or acknowledged before it could know.
        self.acked |= self.unsure - pending
        self.has, self.unsure = pending, set()


def under_load(server, workers, seconds):
    killed = threading.Event()
    failed = []

    def run(worker):
        try:
            worker.run(server.port, killed)
        except AssertionError as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    killed.wait(seconds)
    killed.set()
    server.kill()
    for thread in threads:
        thread.join()
    assert not failed, failed


def test(program, durability, seed, rounds):
    drawn = random.Random(seed)
    with Evlog(program, "--durability", durability) as server:
        producers = [Producer(number, seed) for number in range(PRODUCERS)]
        consumers = [Consumer(number, seed) for number in range(CONSUMERS)]
        client = Client(server.port)
        assert client.send(["XGROUP", "CREATE", "s0", "g", "0", "MKSTREAM"]) == "+OK"
        for _ in range(rounds):
            under_load(server, producers + consumers, drawn.uniform(0.1, 0.6))
            server.start()
            client = Client(server.port)
            for worker in producers + consumers:
                worker.check(client)
        for consumer in consumers:  # first what it has already
            while consumer.consume(client, "0"):
                pass
        while any([consumer.consume(client, ">") for consumer in consumers]):
            pass
        for consumer in consumers:
            while consumer.consume(client, "0"):
                pass
        there = [entry[0][1:] for entry in client.send(["XRANGE", "s0", "-", "+"])]
        acked = [each for consumer in consumers for each in consumer.acked]
        assert sorted(acked) == sorted(there), f"{len(acked)} acknowledged of {len(there)}"
        assert client.send(["XPENDING", "s0", "g"])[0] == ":0"
        server.stop()
        total = sum(len(producer.ids) for producer in producers)
        print(f"{durability}: {rounds} rounds, {total} acknowledged, {len(acked)} consumed")


def main():
    program, seed, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if os.environ.get("EVLOG_SOAK"):
        rounds = 30
    for durability in ("sync", "os"):
        test(program, durability, seed, rounds)


main()
