"""Clients that are many, slow, or ask for too much: `evlog serve` bounds its memory, says what is
wrong, and serves others meanwhile.

Usage: overload_test.py EVLOG [TIMES]
TIMES: as much memory as is allowed, for builds that take more of it for everything (sanitizers).
With EVLOG_SOAK set, 10,000 connections (or as many as descriptors allow) and longer floods.
"""

import os
import resource
import select
import socket
import sys
import threading
import time

from resp import Client, Evlog, encode

SOAK = bool(os.environ.get("EVLOG_SOAK"))
CONNECTIONS = 10_000 if SOAK else 3_000
# Generous: what is held for each connection is told in the assertions themselves.
RESIDENT_MIB = 200
TIMES = int(sys.argv[2]) if len(sys.argv) > 2 else 1


def check_memory(resident_mib, limit_mib):
    limit_mib *= TIMES
    assert resident_mib <= limit_mib, f"{resident_mib:.0f} MiB, more than {limit_mib}"


def allow_descriptors():
    """Answers how many connections there may be."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(CONNECTIONS + 500, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return min(CONNECTIONS, wanted - 500)


def connect(port, count):
    return [socket.create_connection(("127.0.0.1", port), 60) for _ in range(count)]


def close_all(sockets):
    for each in sockets:
        each.close()


def check_others(server, limit_mib):
    """A client that behaves is served in full; memory is bounded."""
    client = Client(server.port)
    assert client.send(["PING"]) == "+PONG"
    requests = b"".join(encode(["XADD", "others", "*", "n", n]) for n in range(100))
    before = int(client.send(["XLEN", "others"])[1:])
    client.socket.sendall(requests)
    for _ in range(100):
        assert client.read().startswith("$")
    assert client.send(["XLEN", "others"]) == f":{before + 100}"
    client.close()
    resident = server.resident_mib()
    check_memory(resident, limit_mib)
    return resident


def many_connections(server, count):
    sockets = connect(server.port, count)
    for number, each in enumerate(sockets):  # half of them subscribe, half have only pinged
        each.sendall(encode(["SUBSCRIBE", f"ch{number % 100}"] if number % 2 else ["PING"]))
    for each in sockets:
        assert each.recv(1000)
    resident = check_others(server, RESIDENT_MIB + count * 20 / 1024)
    client = Client(server.port)
    assert client.send(["PUBLISH", "ch1", "hello"]) == f":{len(range(1, count, 100))}"
    for each in sockets[1::100]:
        assert each.recv(1000).endswith(b"hello\r\n")
    close_all(sockets)
    return f"{count} connections: {resident:.0f} MiB"


def too_many_connections(server):
    client = Client(server.port)
    assert client.send(["CONFIG", "SET", "maxclients", "50"]) == "+OK"
    sockets = connect(server.port, 60)
    refused = 0
    for each in sockets:
        each.sendall(encode(["PING"]))
        try:
            refused += each.recv(1000) == b"-ERR max number of clients reached\r\n"
        except ConnectionResetError:  # its PING met a closed connection
            refused += 1
    assert refused >= 10, refused
    assert client.send(["PING"]) == "+PONG"
    close_all(sockets)
    assert client.send(["CONFIG", "SET", "maxclients", "100000"]) == "+OK"
    return f"too many connections: {refused} of 60 refused"


def half_requests(server, count):
    """What is announced takes no memory before it comes."""
    sockets = connect(server.port, count)
    starts = [b"*3\r\n$4\r\nXADD\r\n$1000\r\nhalf", b"*", b"PING", b"*5\r\n$4\r\nXADD\r\n",
              b"*2\r\n$4\r\nPING\r\n$33554432\r\n12345"]
    for number, each in enumerate(sockets):
        each.sendall(starts[number % len(starts)])
    resident = check_others(server, RESIDENT_MIB + count * 40 / 1024)
    close_all(sockets)
    return f"{count} half requests: {resident:.0f} MiB"


def huge_lengths(server):
    cases = {
        b"*1\r\n$1073741824\r\n": b"-ERR Protocol error: invalid bulk length\r\n",
        b"*3\r\n$4\r\nXADD\r\n$1073741824\r\nabc": b"-ERR Protocol error: invalid bulk length\r\n",
        b"*1073741824\r\n": b"-ERR Protocol error: invalid multibulk length\r\n",
        b"$1073741824\r\n" * 10_000: b"-ERR ",
    }
    for request, answer in cases.items():
        for each in connect(server.port, 20):
            each.sendall(request)
            told = each.recv(1000)
            assert told.startswith(answer), told
            each.close()
    return f"huge lengths: {check_others(server, RESIDENT_MIB):.0f} MiB"


def slow_readers(server, count):
    """Subscribers that never read are cut off at the limit; one that reads gets everything."""
    client = Client(server.port)
    assert client.send(["CONFIG", "SET", "client-output-buffer-limit",
                        "pubsub 1048576 0 0"]) == "+OK"
    sockets = connect(server.port, count)
    for each in sockets:
        each.sendall(encode(["SUBSCRIBE", "flood"]))
        assert each.recv(1000)
    reader = Client(server.port)
    reader.send(["SUBSCRIBE", "flood"])
    message = "x" * 65_536
    highest, published = 0, 0
    while True:
        receivers = client.send(["PUBLISH", "flood", message])
        published += 1
        assert reader.read()[2] == "$" + message
        highest = max(highest, server.resident_mib())
        if receivers == ":1":
            break
        assert published < 5000, f"{receivers} are not cut off"
    check_memory(highest, RESIDENT_MIB + 2 * count)
    close_all(sockets)
    return f"{count} slow readers: cut after {published} messages, {highest:.0f} MiB"


def long_pipeline(server):
    """What a pipeline asks for goes out as it is read: who takes it is not cut off."""
    client = Client(server.port)
    assert client.send(["CONFIG", "SET", "client-output-buffer-limit",
                        "normal 16777216 0 0"]) == "+OK"
    client.socket.sendall(b"".join(encode(["XADD", "many", "*", "n", n]) for n in range(1000)))
    for _ in range(1000):
        assert client.read().startswith("$")
    assert client.send(["XLEN", "many"]) == ":1000"
    each = connect(server.port, 1)[0]
    each.sendall(encode(["XRANGE", "many", "-", "+", "COUNT", 1000]) + encode(["ECHO", "end"]))
    reply = b""
    while not reply.endswith(b"$3\r\nend\r\n"):
        reply += each.recv(1 << 20)
    size = len(reply) - 9
    times = 5000
    requests = encode(["XRANGE", "many", "-", "+", "COUNT", 1000]) * times
    sender = threading.Thread(target=each.sendall, args=(requests,))
    sender.start()
    received = 0
    while received < size * times:
        part = each.recv(1 << 20)
        assert part, f"cut off after {received} of {size * times}"
        received += len(part)
    sender.join()
    close_all([each])
    return f"long pipeline: {received >> 20} MiB, {check_others(server, RESIDENT_MIB):.0f} MiB"


def floods(server, count, seconds):
    """Senders that never read: the server stops reading from them, or cuts them off."""
    client = Client(server.port)
    assert client.send(["CONFIG", "SET", "client-output-buffer-limit",
                        "normal 8388608 0 0"]) == "+OK"
    assert client.send(["XGROUP", "CREATE", "flood0", "g", "0", "MKSTREAM"]) == "+OK"
    client.close()
    sockets = connect(server.port, count)
    kinds = [encode(["XADD", f"flood{n}", "*", "f", "v" * 500]) * 100 for n in range(3)]
    kinds += [encode(["XREADGROUP", "GROUP", "g", "c", "COUNT", 10, "STREAMS", "flood0", ">"]) * 100,
              encode(["XACK", "flood0", "g", "1-1"]) * 2000]
    kinds += [encode(["PING"]) * 2000, encode(["XRANGE", "flood0", "-", "+", "COUNT", 100]) * 100]
    left = {}  # of what each sends again and again
    for number, each in enumerate(sockets):
        each.setblocking(False)
        left[each] = memoryview(kinds[number % len(kinds)])
    highest, sent = 0, 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        _, ready, _ = select.select([], list(left), [], 0.05)
        for each in ready:
            try:
                size = each.send(left[each])
            except OSError:  # it was cut off
                del left[each]
                continue
            sent += size
            left[each] = left[each][size:] or memoryview(left[each].obj)
        highest = max(highest, check_others(server, 100_000))
    check_memory(highest, RESIDENT_MIB + 600)
    close_all(sockets)
    return f"{count} floods: {sent >> 20} MiB sent, {highest:.0f} MiB"


def main():
    connections = allow_descriptors()
    with Evlog(sys.argv[1], "--durability", "os", "--maxclients", "100000") as server:
        print(f"at first: {server.resident_mib():.0f} MiB")
        print(many_connections(server, connections))
        print(half_requests(server, min(connections, 2000)))
        print(too_many_connections(server))
        print(huge_lengths(server))
        print(slow_readers(server, 50))
        print(long_pipeline(server))
        print(floods(server, 40, 20 if SOAK else 3))
        print(f"in the end: {check_others(server, RESIDENT_MIB + 600):.0f} MiB")
        server.stop()


main()
