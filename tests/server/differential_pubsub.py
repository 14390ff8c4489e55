"""Random commands of publish and subscribe on several connections, to redis-server and to evlog:
replies and messages must be the same.

Usage: differential_pubsub.py REDIS SEED COMMANDS PORT
REDIS: Redis' program, see resp.py. PORT: of `evlog serve`. With EVLOG_SOAK set, it is 300,000
commands. After each command every connection is asked for an echo; what comes before it is compared:

- messages by what they are, not by their order among those of one command: Redis sends those of a
  channel before those of its patterns, and to a RESP3 client that publishes to itself after the
  reply; evlog promises the order of a channel and of a pattern, each by itself;
- no channel without a name: in Redis no pattern matches that one, not even `*`;
- UNSUBSCRIBE of all, and lists of channels, in whatever order, which Redis has from its tables.
"""

import os
import random
import sys

from resp import Client, Redis, encode

CHANNELS = ("a", "b", "ab", "c d")
PATTERNS = ("a*", "?", "[ab]*", "*", "\\a", "c d")
MESSAGES = ("$message", "$pmessage", "$smessage")


def is_message(reply):
    return isinstance(reply, list) and reply and reply[0] in MESSAGES


class Connection(Client):
    """In either protocol; an echo tells where the answers to a command end."""

    def __init__(self, port, protocol):
        super().__init__(port, timeout=20)
        self.send(["HELLO", protocol])
        self.echoes = 0

    def ask(self, command, messages=None):
        """Answers the replies and the messages; `messages`: so many will come."""
        self.echoes += 1
        echo = f"$echo {self.echoes}"
        self.ask_only(command)
        self.ask_only(["PING", echo[1:]])
        replies, pushed, ended = [], [], False
        while not ended or len(pushed) < (messages or 0):
            reply = self.read()
            if reply == echo or reply == ["$pong", echo]:
                ended = True
            elif is_message(reply):
                pushed.append(reply)
            else:
                replies.append(reply)
        return replies, sorted(pushed)

    def ask_only(self, words):
        if words:
            self.socket.sendall(encode(words))


def draw(drawn):
    some = lambda choices: drawn.sample(choices, drawn.randint(1, 2))
    kind = drawn.randrange(100)
    if kind < 22:
        return ["SUBSCRIBE", *some(CHANNELS)]
    if kind < 32:
        return ["PSUBSCRIBE", *some(PATTERNS)]
    if kind < 40:
        return ["SSUBSCRIBE", *some(CHANNELS)]
    if kind < 54:
        return [drawn.choice(("UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE")),
                *drawn.choice(([], some(CHANNELS), some(PATTERNS)))]
    if kind < 78:
        return ["PUBLISH", drawn.choice(CHANNELS), f"m{drawn.randrange(1000)}"]
    if kind < 84:
        return ["SPUBLISH", drawn.choice(CHANNELS), f"s{drawn.randrange(1000)}"]
    return drawn.choice((
        ["PUBSUB", "CHANNELS"], ["PUBSUB", "CHANNELS", "a*"], ["PUBSUB", "NUMPAT"],
        ["PUBSUB", "NUMSUB", *CHANNELS], ["PUBSUB", "NUMSUB"], ["PUBSUB", "SHARDCHANNELS"],
        ["PUBSUB", "SHARDNUMSUB", *CHANNELS], ["PING"], ["ECHO", "x"], ["XLEN", "s"], ["RESET"],
        ["PUBLISH", "a"], ["SUBSCRIBE"], ["PUBSUB", "FROB"], ["HELLO", "2"], ["HELLO", "3"]))


def compared(command, replies):
    if len(replies) > 1 and command[0].endswith("UNSUBSCRIBE") and len(command) == 1:
        return [sorted(str(part[1]) for part in replies), [part[2] for part in replies]]
    if command[:2] in (["PUBSUB", "CHANNELS"], ["PUBSUB", "SHARDCHANNELS"]) and isinstance(
            replies[0], list):
        return sorted(replies[0])
    if command[0] == "HELLO":
        return len(replies)  # it tells which server it is
    return replies


def compare(seed, commands, ports):
    drawn = random.Random(seed)
    connections = [[Connection(port, protocol) for port in ports] for protocol in (2, 3, 2, 3)]
    for i in range(commands):
        command = draw(drawn)
        which = drawn.randrange(len(connections))
        for number in [which] + [n for n in range(len(connections)) if n != which]:
            asked = command if number == which else []
            redis, evlog = connections[number]
            replies, messages = redis.ask(asked)
            got = evlog.ask(asked, len(messages))
            replies = [compared(command, replies) if asked else replies, messages]
            got = [compared(command, got[0]) if asked else got[0], got[1]]
            if replies != got:
                print(f"seed {seed}, command {i} of connection {which}: {command}\n"
                      f"  connection {number}\n  Redis: {replies}\n  evlog: {got}")
                return False
    for both in connections:  # so that none is left for the next turn
        for connection in both:
            connection.ask(["RESET"])
            connection.close()
    return True


def main():
    program, seed, commands, port = sys.argv[1], *map(int, sys.argv[2:5])
    if os.environ.get("EVLOG_SOAK"):
        commands = 300_000
    with Redis(program) as server:
        same = all(compare(seed + turn, commands // 10, (server.port, port)) for turn in range(10))
    print(f"{commands} commands, {'no' if same else 'a'} difference")
    sys.exit(0 if same else 1)


main()
