"""Random commands to redis-server and to evlog: every reply must be the same.

Usage: differential.py REDIS SEED COMMANDS PORT
REDIS: Redis' program, see resp.py. PORT: of `evlog serve`. With EVLOG_SOAK set, it is a million
commands.

What is known to differ, and why, is in WAIVED, and nothing else. Where replies differ, both servers
are emptied, so that one difference does not become many. RESP2 and RESP3 take turns.
"""

import collections
import os
import random
import sys

import resp

# A command by its first words -> what of its reply is left out, and why.
WAIVED = {
    "XPENDING": "idle times are those of two moments",
    "XGROUP CREATECONSUMER": "claims make their consumer also when there is nothing to claim, "
                             "as Redis 7.2 does",
    "XINFO CONSUMERS": "the same, of consumers without entries; idle times",
    "XINFO GROUPS": "the number of consumers, for the same reason; entries-read and lag, which evlog "
                    "always knows exactly",
    "XINFO STREAM": "figures of a radix tree, which evlog has not",
    "XSETID": "an id below that of an entry that is gone, which evlog refuses: afterwards both are "
              "emptied; and none while a key is watched, since Redis overlooks that it changes",
}


class Client(resp.Client):
    def __init__(self, port, protocol):
        super().__init__(port)
        self.send(["HELLO", protocol])
        self.send(["FLUSHALL"])


class Commands:
    """Draws commands on a few streams and groups, so that they meet."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.ms = 1

    def one_of(self, *choices):
        return self.random.choice(choices)

    def often(self, percent):
        return self.random.randrange(100) < percent

    def stream(self):
        return self.one_of("s", "t", "v w")

    def id(self):
        first = max(0, self.ms - 10) if self.often(60) else 0
        return f"{self.random.randint(first, self.ms + 1)}-{self.random.randint(0, 3)}"

    def wrong_or(self, right):
        return self.one_of("x", "", "$", "-1", "1.5") if self.often(3) else right

    def start(self):
        return self.wrong_or(self.one_of("-", "0", self.id(), "(" + self.id(), str(self.ms)))

    def end(self):
        return self.wrong_or(self.one_of("+", self.id(), "(" + self.id(), str(self.ms)))

    def count(self):
        return ["COUNT", self.wrong_or(str(self.random.randint(-1, 5)))] if self.often(50) else []

    def draw(self):
        if self.often(4):
            return self.of_transactions()
        return self.of_groups() if self.often(60) else self.of_streams()

    def of_transactions(self):
        return self.one_of(["MULTI"], ["MULTI"], ["EXEC"], ["EXEC"], ["EXEC"], ["DISCARD"],
                           ["UNWATCH"], ["WATCH", self.stream()],
                           ["WATCH", self.stream(), self.stream()])

    def trim(self):
        by = self.one_of("MAXLEN", "minid")
        bound = self.random.randint(0, 9 if by == "MAXLEN" else self.ms + 1)
        if not self.often(30):
            return [by] + self.one_of([], ["="]) + [self.wrong_or(str(bound))]
        # All or nothing: where the nodes of Redis end depends on when a stream was empty.
        limit = self.one_of([], ["LIMIT", self.one_of("0", "5", "x")])
        return [by, "~", "0" if by == "MAXLEN" else "99999999"] + limit

    def add(self):
        if self.often(80):
            self.ms += self.random.randint(0, 1)
        given = self.one_of(f"{self.ms}-{self.random.randint(0, 5)}", f"{self.ms}-*",
                            f"{self.ms + 1}", self.wrong_or(self.id()))
        trim = []
        if self.often(15):
            trim = self.trim()
        fields = ["f", "v%d" % self.random.randrange(10)] * self.one_of(1, 1, 1, 2)
        if self.often(2):
            fields.append("odd")
        missing = ["NOMKSTREAM"] if self.often(15) else []
        return ["XADD", self.stream()] + missing + trim + [given] + fields

    def of_streams(self):
        stream, other = self.stream(), self.stream()
        draw = self.random.randrange(100)
        if draw < 40:
            return self.add()
        if draw < 52:
            return ["XRANGE", stream, self.start(), self.end()] + self.count()
        if draw < 62:
            return ["XREVRANGE", stream, self.end(), self.start()] + self.count()
        if draw < 72:
            return ["XREAD"] + self.count() + ["STREAMS", stream, other,
                                               self.wrong_or(self.id()), self.one_of("0", "$")]
        if draw < 80:
            return ["XDEL", stream, self.wrong_or(self.id()), self.id()]
        if draw < 84:
            return ["XTRIM", stream] + self.trim()
        if draw < 90:
            return ["XINFO", "STREAM", stream]
        if draw < 93:
            return self.set_id(stream)
        return self.one_of(["XLEN", stream], ["TYPE", stream], ["EXISTS", stream, other],
                           ["DEL", stream], ["RENAME", stream, other], ["RENAMENX", stream, other],
                           ["COPY", stream, other], ["COPY", stream, other, "REPLACE"],
                           ["COPY", stream, other, "DB", str(self.random.randint(0, 2))],
                           ["COPY", stream, other, "DB", "1", "REPLACE"],
                           ["MOVE", stream, str(self.random.randint(0, 2))],
                           ["SWAPDB", self.wrong_or(str(self.random.randint(0, 2))),
                            self.wrong_or(str(self.random.randint(0, 2)))],
                           ["SELECT", str(self.random.randint(0, 1))],
                           ["PERSIST", stream], ["TTL", stream], ["DBSIZE"], ["XLEN"],
                           ["OBJECT", "ENCODING", stream], ["FROB", stream])

    def set_id(self, stream):
        command = ["XSETID", stream, self.wrong_or(self.one_of(
            self.id(), f"{self.ms}-{self.random.randint(0, 9)}", f"{self.ms + 1}"))]
        if self.often(30):
            command += ["ENTRIESADDED", self.wrong_or(str(self.random.randint(0, 40)))]
        if self.often(30):
            command += ["MAXDELETEDID", self.wrong_or(self.id())]
        return command + (["FROB"] if self.often(2) else [])

    def of_groups(self):
        stream, group = self.one_of("s", "t"), self.one_of("g", "h")
        consumer = self.one_of("ann", "bob", "eve")
        draw = self.random.randrange(100)
        if draw < 20:
            return self.add()
        if draw < 34:
            return self.of_group_itself(stream, group, consumer)
        if draw < 56:
            return self.read_group(stream, group, consumer)
        if draw < 68:
            return ["XACK", stream, group] + [self.wrong_or(self.id())
                                              for _ in range(self.random.randint(1, 4))]
        if draw < 78:
            more = [self.start(), self.end(), str(self.random.randint(-1, 5))]
            return ["XPENDING", stream, group] + (
                more + ([consumer] if self.often(40) else []) if self.often(60) else [])
        idle = self.wrong_or(self.one_of("0", "0", "1000000"))
        if draw < 90:
            options = []
            if self.often(30):
                options.append("FORCE")
            if self.often(30):
                options.append("JUSTID")
            if self.often(30):
                options += ["RETRYCOUNT", str(self.random.randint(0, 9))]
            if self.often(3):
                options.append("FROB")
            ids = [self.id() for _ in range(self.random.randint(1, 3))]
            return ["XCLAIM", stream, group, consumer, idle] + ids + options
        return (["XAUTOCLAIM", stream, group, consumer, idle, self.one_of("0", self.id())] +
                self.count() + (["JUSTID"] if self.often(30) else []))

    def of_group_itself(self, stream, group, consumer):
        at = self.one_of("0", "$", self.id())
        return self.one_of(
            ["XGROUP", "CREATE", stream, group, self.wrong_or(at)],
            ["XGROUP", "CREATE", stream, group, at, "MKSTREAM"],
            ["XGROUP", "CREATE", stream, group, at, "MKSTREAM"],
            ["XGROUP", "SETID", stream, group, at], ["XGROUP", "DESTROY", stream, group],
            ["XGROUP", "CREATECONSUMER", stream, group, consumer],
            ["XGROUP", "DELCONSUMER", stream, group, consumer],
            ["XINFO", "GROUPS", stream], ["XINFO", "CONSUMERS", stream, group])

    def read_group(self, stream, group, consumer):
        command = ["XREADGROUP", "GROUP", group, consumer] + self.count()
        if self.often(15):
            command.append("NOACK")
        ids = [self.one_of(">", ">", ">", "0", self.wrong_or(self.id())) for _ in range(2)]
        if self.often(20):
            return command + ["STREAMS", "s", "t"] + ids
        return command + ["STREAMS", stream, ids[0]]


def pairs(flat):
    return dict(zip(flat[::2], flat[1::2]))


def compared(command, reply):
    """What of the reply must be the same."""
    words = " ".join(command[:2])
    if not isinstance(reply, list):
        return None if words == "XGROUP CREATECONSUMER" and reply in (":0", ":1") else reply
    if command[0] == "XPENDING" and reply and isinstance(reply[0], list):
        return [entry[:2] + entry[3:] for entry in reply]
    if words == "XINFO CONSUMERS":
        return [each[:4] for each in reply if pairs(each)["$pending"] != ":0"]
    if words == "XINFO GROUPS":
        return [[pairs(each)[name] for name in ("$name", "$pending", "$last-delivered-id")]
                for each in reply]
    if words == "XINFO STREAM":
        return {name: value for name, value in pairs(reply).items()
                if "radix" not in name and "idmp" not in name}
    return reply


# Of evlog's refusals of XSETID, those that Redis has not.
GONE = ("-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id",
        "-ERR The ID specified in XSETID is smaller than that of an entry that is gone")


class Both:
    """One connection to each server, and what MULTI has queued on them."""

    def __init__(self, ports, protocol):
        self.clients = [Client(port, protocol) for port in ports]
        self.queued = []
        self.watches = False  # or is in a MULTI

    def note(self, command, reply):
        if command[0] in ("MULTI", "WATCH"):
            self.watches = True
        elif command[0] in ("EXEC", "DISCARD") and not str(reply).startswith("-ERR"):
            self.watches = False

    def send(self, command):
        replies = [client.send(command) for client in self.clients]
        self.note(command, replies[0])
        if replies[0] == replies[1] == "+QUEUED":
            self.queued.append(command)
            return replies
        if command == ["EXEC"] and all(isinstance(r, list) and len(r) == len(self.queued)
                                       for r in replies):
            replies = [[(c, compared(c, r)) for c, r in zip(self.queued, each)]
                       for each in replies]
            same = [a == b for a, b in zip(*replies)]
            first = same.index(False) if False in same else len(same)
            replies = [each[max(0, first - 8):first + 1] for each in replies]
        if command in (["EXEC"], ["DISCARD"]):
            self.queued = []
        return [compared(command, reply) for reply in replies]

    def reset(self):
        self.queued = []
        for client in self.clients:
            client.send(["DISCARD"])
            client.send(["FLUSHALL"])
        self.watches = False


def compare(seed, commands, ports, protocol):
    """Answers how many replies were different. A second connection comes between transactions."""
    drawn = Commands(seed)
    connections = [Both(ports, protocol) for _ in range(2)]
    before = collections.deque(maxlen=8)
    different = 0
    swapped = False
    for i in range(commands):
        command = drawn.draw()
        which = 0 if drawn.often(80) else 1
        watched = any(both.watches for both in connections)
        if watched and (command[0] == "XSETID" or command[0] == "SWAPDB" and swapped):
            continue
        # Exchanged twice, a key is what it was: to Redis it has changed.
        swapped = watched and (swapped or command[0] == "SWAPDB")
        replies = connections[which].send(command)
        if command[0] == "XSETID" and replies[0] == "+OK" and replies[1] in GONE:
            for both in connections:
                both.reset()
        elif replies[0] != replies[1]:
            different += 1
            if different <= 5:
                print(f"seed {seed} RESP{protocol}, command {i}: {which} {command}\n"
                      f"  Redis: {replies[0]}\n  evlog: {replies[1]}\n  before: {list(before)}")
            for both in connections:
                both.reset()
        before.append((which, command))
    return different


def main():
    program, seed, commands, port = sys.argv[1], *map(int, sys.argv[2:5])
    if os.environ.get("EVLOG_SOAK"):
        commands = 1_000_000
    with resp.Redis(program) as server:
        different = 0
        for turn in range(4):
            different += compare(seed + turn, commands // 4, (server.port, port), 2 + turn % 2)
    print(f"{commands} commands, {different} different replies")
    sys.exit(0 if different == 0 else 1)


if __name__ == "__main__":
    main()
