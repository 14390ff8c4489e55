"""python3-redis, one call at a time and asyncio. Usage: python_redis_test.py PORT"""

import asyncio
import sys

import redis
import redis.asyncio

IN_FLIGHT = 5000  # a call of a task of its own for each
PIPELINED = 100_000  # by a hundred pipelines


def test_sync(port):
    client = redis.Redis(port=port, decode_responses=True, client_name="test")
    assert client.ping()
    assert client.client_getname() == "test"
    assert client.xadd("s", {"a": "1", "b": "2"}, id="1-1") == "1-1"
    assert client.xadd("s", {"a": "3"}, maxlen=10, approximate=True) > "1-1"
    assert client.xlen("s") == 2
    assert client.xrange("s", count=1) == [("1-1", {"a": "1", "b": "2"})]
    assert client.xrevrange("s", count=1)[0][1] == {"a": "3"}
    assert client.xread({"s": "0"}, count=1) == [["s", [("1-1", {"a": "1", "b": "2"})]]]
    assert client.xread({"s": "$"}) == []
    assert client.xread({"s": "$"}, block=1) == []
    info = client.xinfo_stream("s")
    assert info["length"] == 2 and info["first-entry"][0] == "1-1", info
    assert client.xdel("s", "1-1") == 1
    assert client.xtrim("s", maxlen=0, approximate=False) == 1
    assert client.type("s") == "stream"
    assert client.expire("s", 100) and 99 <= client.ttl("s") <= 100
    assert client.rename("s", "t") and client.exists("t") == 1
    assert list(client.scan_iter("t*")) == ["t"]
    assert client.info()["redis_mode"] == "standalone"
    assert client.config_get("databases") == {"databases": "16"}
    assert client.dbsize() == 1
    assert client.command_count() > 60
    assert "xadd" in client.command()
    with client.pipeline(transaction=False) as pipe:
        for _ in range(1000):
            pipe.xadd("piped", {"f": "v"})
        pipe.xlen("piped")
        assert pipe.execute()[-1] == 1000
    try:
        client.set("k", "v")
        raise AssertionError("there are no strings")
    except redis.ResponseError as error:
        assert "unknown command" in str(error)
    client.flushall()
    assert client.keys() == []


def test_groups(port):
    client = redis.Redis(port=port, decode_responses=True)
    client.xgroup_create("s", "g", id="0", mkstream=True)
    ids = [client.xadd("s", {"n": n}) for n in range(5)]
    assert client.xreadgroup("g", "ann", {"s": ">"}, count=3) == [
        ["s", [(ids[n], {"n": str(n)}) for n in range(3)]]]
    assert client.xreadgroup("g", "bob", {"s": ">"}, block=1, noack=True)[0][1][0][0] == ids[3]
    assert client.xreadgroup("g", "bob", {"s": ">"}, block=1) == []
    assert client.xack("s", "g", ids[0], ids[0]) == 1
    assert client.xpending("s", "g") == {
        "pending": 2, "min": ids[1], "max": ids[2], "consumers": [{"name": "ann", "pending": 2}]}
    assert client.xpending_range("s", "g", "-", "+", 10)[0]["times_delivered"] == 1
    assert client.xclaim("s", "g", "bob", 0, [ids[1]], justid=True) == [ids[1]]
    assert client.xautoclaim("s", "g", "eve", 0)[1][0][0] == ids[1]
    assert client.xinfo_groups("s")[0]["pending"] == 2
    assert {c["name"] for c in client.xinfo_consumers("s", "g")} == {"ann", "bob", "eve"}
    assert client.xgroup_delconsumer("s", "g", "eve") == 2
    assert client.xgroup_setid("s", "g", 0)
    assert len(client.xreadgroup("g", "ann", {"s": ">"})[0][1]) == 5
    assert client.xgroup_destroy("s", "g") == 1
    client.flushall()


def test_pubsub(port):
    client = redis.Redis(port=port, decode_responses=True)
    pubsub = client.pubsub()
    pubsub.subscribe("ch")
    pubsub.psubscribe("c*")
    assert pubsub.get_message(timeout=10)["type"] == "subscribe"
    assert pubsub.get_message(timeout=10)["type"] == "psubscribe"
    assert client.publish("ch", "hello") == 2
    assert client.pubsub_numsub("ch") == [("ch", 1)]
    assert pubsub.get_message(timeout=10)["data"] == "hello"
    assert pubsub.get_message(timeout=10)["type"] == "pmessage"
    pubsub.close()


class Arrivals:
    """Who listens on a channel and a stream until each number has come from both."""

    def __init__(self, client, name, count):
        self.client, self.name, self.count = client, name, count
        self.messages, self.entries = [], []

    async def subscribe(self):
        self.pubsub = self.client.pubsub()
        await self.pubsub.subscribe(self.name)
        await self.pubsub.get_message(timeout=10)

    async def receive(self):
        while len(self.messages) < self.count:
            message = await self.pubsub.get_message(ignore_subscribe_messages=True, timeout=30)
            if message is not None:
                self.messages.append(int(message["data"]))
        await self.pubsub.close()

    async def follow(self):
        last = "0-0"
        while len(self.entries) < self.count:
            for _, found in await self.client.xread({self.name: last}, count=1000, block=30000):
                self.entries += [int(fields["n"]) for _, fields in found]
                last = found[-1][0]

    def check(self):
        assert sorted(self.messages) == list(range(self.count)), len(self.messages)
        assert sorted(self.entries) == list(range(self.count)), len(self.entries)


async def test_asyncio(port):
    """So many publishes and appends at once, all of which must arrive."""
    client = redis.asyncio.Redis(port=port, decode_responses=True, max_connections=64)
    arrivals = Arrivals(client, "singles", IN_FLIGHT)
    await arrivals.subscribe()
    permits = asyncio.Semaphore(60)

    async def send(n):
        async with permits:
            await client.publish("singles", n)
        async with permits:
            await client.xadd("singles", {"n": n})

    await asyncio.gather(arrivals.receive(), arrivals.follow(),
                         *(send(n) for n in range(IN_FLIGHT)))
    arrivals.check()
    await client.close()


async def test_asyncio_pipelines(port):
    """All of them are under way before the first is answered."""
    client = redis.asyncio.Redis(port=port, decode_responses=True, max_connections=300)
    arrivals = Arrivals(client, "piped", PIPELINED)
    await arrivals.subscribe()

    async def send(numbers, add):
        async with client.pipeline(transaction=False) as pipe:
            for n in numbers:
                add(pipe, n)
            assert len(await pipe.execute()) == len(numbers)

    shares = [range(i, PIPELINED, 100) for i in range(100)]
    await asyncio.gather(
        arrivals.receive(), arrivals.follow(),
        *(send(share, lambda pipe, n: pipe.publish("piped", n)) for share in shares),
        *(send(share, lambda pipe, n: pipe.xadd("piped", {"n": n})) for share in shares))
    arrivals.check()
    await client.close()


def main():
    port = int(sys.argv[1])
    test_sync(port)
    test_groups(port)
    test_pubsub(port)
    asyncio.run(test_asyncio(port))
    asyncio.run(test_asyncio_pipelines(port))


main()
