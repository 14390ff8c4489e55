"""A client of Redis' protocol, and servers as processes, for the tests of this folder."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile


def encode(words):
    parts = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(
        b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)


class Client:
    """Replies are the type and the text of a line, and "$" and the text of a bulk string; arrays
    are lists, and so are maps and pushes."""

    def __init__(self, port, timeout=60):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.replies = self.socket.makefile("rb")

    def send(self, words):
        self.socket.sendall(encode(words))
        return self.read()

    def read(self):
        """Raises EOFError at the end of the connection."""
        line = self.replies.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        kind, rest = line[:1], line[1:-2].decode("latin1")
        if kind in b"$=" and rest != "-1":
            text = self.replies.read(int(rest) + 2)
            if len(text) != int(rest) + 2:
                raise EOFError
            return "$" + text[:-2].decode("latin1")
        if kind in b"*~>" and rest != "-1":
            return [self.read() for _ in range(int(rest))]
        if kind == b"%":
            return [self.read() for _ in range(2 * int(rest))]
        return line[:-2].decode("latin1")

    def close(self):
        self.replies.close()
        self.socket.close()


class Redis:
    """redis-server by whatever name its program has, so that no service need be installed: Debian's
    redis-tools have it as redis-check-rdb."""

    def __init__(self, program, *options):
        self.program = program
        self.options = options

    def __enter__(self):
        """A free port may be taken before Redis has it: then another one is tried."""
        self.directory = tempfile.mkdtemp()
        named = os.path.join(self.directory, "redis-server")  # it goes by its name
        os.symlink(self.program, named)
        for _ in range(10):
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port = free.getsockname()[1]
            self.process = subprocess.Popen(
                [named, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir",
                 self.directory, *self.options], stdout=subprocess.PIPE, text=True)
            for line in self.process.stdout:
                if "Ready to accept connections" in line:
                    return self
            self.process.wait()
        raise RuntimeError("redis-server did not start")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        shutil.rmtree(self.directory)


class Evlog:
    """`evlog serve` in a directory that goes with it; it can be killed and started again."""

    def __init__(self, program, *options):
        self.program = program
        self.options = options
        self.directory = tempfile.mkdtemp()
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.process is not None:
            self.kill()
        shutil.rmtree(self.directory)

    def start(self):
        log = os.path.join(self.directory, "log")
        self.process = subprocess.Popen(
            [self.program, "serve", "--dir", log, "--listen", "127.0.0.1:0", *self.options],
            stdout=subprocess.PIPE, text=True)
        said = self.process.stdout.readline()
        assert said.startswith("listening on 127.0.0.1:"), said
        self.port = int(said.rpartition(":")[2])

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.process = None

    def stop(self):
        """It must end in order, and leave a log that verifies."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait() == 0
        self.process.stdout.close()
        self.process = None
        subprocess.run([self.program, "verify", "--at", os.path.join(self.directory, "log")],
                       check=True, stdout=subprocess.DEVNULL)

    def resident_mib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="utf8") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
        raise AssertionError("no VmRSS")
