"""What Debian's Redis 7.0 lacks, against Redis 8: random commands, every reply the same.

Usage: differential8.py REDIS SEED COMMANDS PORT
REDIS: the program that redis8.sh brings; without it the test is skipped (77). PORT: of `evlog
serve`. With EVLOG_SOAK set, it is 300,000 commands.

Drawn beside the commands of differential.py: XDELEX, XACKDEL, XREADGROUP CLAIM, XCFGSET, and XADD and
XTRIM with KEEPREF, DELREF and ACKED. XADD with IDMP and IDMPAUTO takes ids from the clock, so it has a
stream of its own, where an id counts as the how many-eth it is. Errors are compared by their codes:
their texts are not Redis' own. What else is known to differ is in WAIVED.
"""

import collections
import os
import sys

import differential
import resp

WAIVED = {
    "XTRIM ... ACKED": "stops at the first entry that a group needs, where Redis skips it",
    "a trim with DELREF": "evlog forgets what was pending and deleted before, too; not drawn",
    "XREADGROUP ... CLAIM": "entries of one millisecond in whatever order; of entries that are "
                            "deleted: evlog forgets them, in Redis they stay pending, so in a turn "
                            "there are claims, or deletions",
    "XACKDEL ... ACKED": "of an entry that its group was set back behind (XGROUP SETID): evlog takes it "
                         "as acknowledged and deletes it, Redis does not; not drawn with deletions",
    "XCFGSET": "of a stream with ids: Redis forgets them, evlog keeps those that still fit",
    "XINFO GROUPS": "entries-read and lag, which evlog always knows exactly; fields of groups that "
                    "only one of them has",
    "XINFO CONSUMERS": "idle times",
    "XINFO STREAM": "figures of a radix tree; how many ids idempotent producers have",
    "XDELEX, XACKDEL ... ACKED": "of an id that has no entry Redis may say that groups need it (2), "
                                 "evlog that it is not there (-1)",
}


# differential.py has them; ids are numbered here by one database.
ELSEWHERE = {"MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH", "XSETID", "SELECT", "SWAPDB", "MOVE"}
TRIMMING = {"XTRIM", "MAXLEN", "minid"}
DELETING = {"XDEL", "XDELEX", "XACKDEL"} | TRIMMING


class Commands(differential.Commands):
    def __init__(self, seed):
        super().__init__(seed)
        self.deletes = seed % 2 == 0

    def allowed(self, command):
        if command[0] in ELSEWHERE or "DELREF" in command and TRIMMING.intersection(command):
            return False
        return not ({"CLAIM", "SETID"} if self.deletes else DELETING).intersection(command)

    def references(self):
        return [self.one_of("KEEPREF", "DELREF", "ACKED")] if self.often(80) else []

    def numbered(self):
        ids = [self.wrong_or(self.id()) for _ in range(self.random.randint(1, 3))]
        count = len(ids) + (self.one_of(-1, 1) if self.often(3) else 0)
        return ["IDS", self.wrong_or(str(count))] + ids

    def draw(self):
        while True:
            command = super().draw() if self.often(60) else self.of_8()
            if self.allowed(command):
                return command

    def of_8(self):
        stream, group = self.one_of("s", "t"), self.one_of("g", "h")
        draw = self.random.randrange(100)
        if draw < 20:
            return ["XDELEX", stream] + self.references() + self.numbered()
        if draw < 45:
            return ["XACKDEL", stream, group] + self.references() + self.numbered()
        if draw < 55:
            return ["XTRIM", stream, self.one_of("MAXLEN", "MINID"),
                    str(self.random.randint(0, 9)), self.one_of("KEEPREF", "DELREF")]
        if draw < 65:
            add = self.add()
            return add[:2] + [self.one_of("KEEPREF", "DELREF")] + add[2:]
        if draw < 80:
            return ["XREADGROUP", "GROUP", group, self.one_of("ann", "bob", "eve"), "CLAIM",
                    self.wrong_or(self.one_of("0", "0", "1000000")), "STREAMS", stream, ">"]
        return self.idempotent()

    def idempotent(self):
        if self.often(5):
            return self.one_of(["XCFGSET", "i", "IDMP-DURATION", self.one_of("0", "x")],
                               ["XCFGSET", "i", "IDMP-MAXSIZE", self.one_of("0", "20000")],
                               ["XCFGSET", "none", "IDMP-MAXSIZE", "3"], ["XLEN", "i"],
                               ["DEL", "i"])
        producer, field = self.one_of("p", "q", "p", ""), "v%d" % self.random.randrange(12)
        mark = self.one_of(["IDMP", producer, field], ["IDMPAUTO", producer],
                           ["IDMP", producer, self.one_of("", "x")])
        return ["XADD", "i"] + mark + ["*" if self.often(97) else "1-1", "f", field]


class Numbered:
    """Ids by the order in which they came."""

    def __init__(self):
        self.ids = {}

    def __call__(self, command, reply):
        if command in (["DEL", "i"], ["FLUSHALL"]):
            self.ids = {}  # within its millisecond an id may come again
        if command[:2] == ["XADD", "i"] and isinstance(reply, str) and reply.startswith("$"):
            return self.ids.setdefault(reply, len(self.ids))
        return compared(command, reply)


def compared(command, reply):
    words = " ".join(command[:2])
    if isinstance(reply, str) and reply.startswith("-"):
        return reply.split()[0]
    if isinstance(reply, list) and command[0] == "XREADGROUP" and "CLAIM" in command:
        # Without how long a claimed entry had been idle.
        return [[stream, sorted(str(entry[:2] + entry[3:]) for entry in entries)]
                for stream, entries in pairs_of(reply)]
    if words == "XGROUP CREATECONSUMER":
        return reply  # in Redis 7.2 and later claims make their consumer, too
    if words == "XINFO STREAM" and isinstance(reply, list):
        return {name: value for name, value in differential.compared(command, reply).items()
                if not name.startswith(("$pids", "$iids"))}
    if command[0] in ("XDELEX", "XACKDEL") and "ACKED" in command and isinstance(reply, list):
        return [":-1 or :2" if each in (":-1", ":2") else each for each in reply]
    return differential.compared(command, reply)


def pairs_of(reply):
    """Of a map of RESP3, which is read as a flat list, too."""
    if reply and isinstance(reply[0], str):
        return list(zip(reply[::2], reply[1::2]))
    return reply


def compare(seed, commands, ports, protocol):
    drawn = Commands(seed)
    clients = [differential.Client(port, protocol) for port in ports]
    numbered = [Numbered() for _ in ports]
    before = collections.deque(maxlen=8)
    different = 0
    for i in range(commands):
        command = drawn.draw()
        replies = [number(command, client.send(command))
                   for number, client in zip(numbered, clients)]
        if replies[0] != replies[1]:
            different += 1
            if different <= 5:
                print(f"seed {seed} RESP{protocol}, command {i}: {command}\n  Redis: {replies[0]}\n"
                      f"  evlog: {replies[1]}\n  before: {list(before)}")
            for number, client in zip(numbered, clients):
                number(["FLUSHALL"], client.send(["FLUSHALL"]))
        before.append(command)
    return different


def main():
    program, seed, commands, port = sys.argv[1], *map(int, sys.argv[2:5])
    if not os.path.exists(program):
        print(f"skipped: there is no {program}")
        sys.exit(77)
    if os.environ.get("EVLOG_SOAK"):
        commands = 300_000
    with resp.Redis(program) as server:
        different = sum(compare(seed + turn, commands // 8, (server.port, port), 2 + turn // 4)
                        for turn in range(8))
    print(f"{commands} commands, {different} different replies")
    sys.exit(0 if different == 0 else 1)


main()
