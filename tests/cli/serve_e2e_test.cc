// `evlog serve` and its settings, as an operator gives them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/cli/places.h"
#include "tests/cli/shell.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Starts a server with the arguments in $@, and leaves its port in $port.
constexpr char kStart[] =
    "start() {\n"
    "  rm -f said; mkfifo said; evlog serve \"$@\" >said & server=$!\n"
    "  read -r line <said; port=${line##*:}\n"
    "}\n"
    "stop() { kill -TERM $server; wait $server; }\n";

TEST(ServeE2eTest, TheFileIsReadAndFlagsWin) {
  Shell shell;
  EXPECT_EQ(shell.Out(std::string(kStart) +
                      "cat >evlog.toml <<'END'\n"
                      "[server]\nlisten = '127.0.0.1:0'\nrequirepass = 'secret'\nmaxclients = 50\n"
                      "timeout = '90s'\npubsub-output-hard = '1MiB'\n"
                      "[log]\ndir = 'there'\n"
                      "END\n"
                      "start --config evlog.toml --maxclients 60\n"
                      "export REDISCLI_AUTH=secret\n"
                      "for name in maxclients timeout client-output-buffer-limit; do\n"
                      "  redis-cli -p $port config get $name | tail -n 1; done\n"
                      "redis-cli -p $port xadd s 1-1 f v\n"
                      "stop && evlog read s --at there"),
            "60\n90\nnormal 268435456 0 0 slave 0 0 0 pubsub 1048576 8388608 60\n1-1\n"
            "1-1  -  f=v\n");
}

TEST(ServeE2eTest, TheDirectoryOfAFlagWinsOverTheFileAndThatOverTheEnvironment) {
  Shell shell;
  const std::string out = shell.Out(
      "printf '[log]\\ndir = \"of-file\"\\n' >evlog.toml\n"
      "for flags in '' '--config evlog.toml' '--config evlog.toml --at of-at' \\\n"
      "  '--config evlog.toml --at of-at --dir of-dir'; do\n"
      "  evlog serve $flags --print-config | grep '^dir'; done");
  EXPECT_EQ(out, "dir = '" + shell.directory() +
                     "/log'\ndir = 'of-file'\ndir = 'of-at'\ndir = 'of-dir'\n");
}

TEST(ServeE2eTest, PrintedSettingsStartTheSameServer) {
  Shell shell;
  EXPECT_EQ(shell.Out("evlog serve --timeout 5m --unprotected --print-config >a &&\n"
                      "evlog serve --config a --print-config >b && cmp a b &&\n"
                      "evlog serve --config a --unprotected=false --print-config | diff a -\n"
                      "grep -c ' = ' a | grep -q '^4[0-9]$' && echo whole"),
            "7c7\n< unprotected = true\n---\n> unprotected = false\nwhole\n");
}

TEST(ServeE2eTest, HttpIsAnsweredOnAPortOfItsOwn) {
  Shell shell;
  EXPECT_EQ(
      shell.Out(std::string(kStart) +
                "start() { mkfifo said; evlog serve \"$@\" >said & server=$!\n"
                "  { read -r line; port=${line##*:}; read -r line; http=${line##*:}; } <said\n"
                "}\n"
                "get() { exec 4<>/dev/tcp/127.0.0.1/$http\n"
                "  printf 'GET %s HTTP/1.1\\r\\n\\r\\n' $1 >&4; cat <&4; exec 4>&-; }\n"
                "start --listen 127.0.0.1:0 --http 127.0.0.1:0\n"
                "echo \"${line%:*}\"\n"
                "redis-cli -p $port xadd s 1-1 f v\n"
                "get /readyz | tail -n 1\n"
                "get /metrics | grep '^evlog_log_entries_total'\n"
                "stop"),
      "http on 127.0.0.1\n1-1\nok\nevlog_log_entries_total 1\n");
  const Outcome outcome = shell.Run("evlog serve --listen 127.0.0.1:0 --http 0.0.0.0:0");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err,
              HasSubstr("0.0.0.0 can be reached by others: HTTP asks for no password"));
  EXPECT_EQ(shell.Run("evlog serve --http 6480").code, 2);
}

TEST(ServeE2eTest, ASupervisorIsToldWhenItIsReadyAndWhenItEnds) {
  Shell shell;
  WriteFile(shell.directory() + "/listen.py",
            "import socket, sys\n"
            "heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
            "heard.bind(sys.argv[1].replace('@', '\\0'))\n"
            "print('listening', flush=True)\n"
            "for i in range(2): print(heard.recv(100).decode(), flush=True)\n");
  // A file, and a name that is none; and nobody.
  EXPECT_EQ(
      shell.Out(std::string(kStart) +
                "for socket in $PWD/notify @evlog-test-$$; do\n"
                "  rm -f told; mkfifo told; python3 listen.py $socket >told & exec 3<told\n"
                "  read -r line <&3; NOTIFY_SOCKET=$socket start --dir d --listen 127.0.0.1:0\n"
                "  read -r line <&3; echo $line; stop; read -r line <&3; echo $line; exec 3<&-\n"
                "done\n"
                "NOTIFY_SOCKET=$PWD/nobody start --dir d --listen 127.0.0.1:0; stop; echo ended"),
      "READY=1\nSTOPPING=1\nREADY=1\nSTOPPING=1\nended\n");
}

// Only where the verb, with these options, can do it there.
TEST(ServeE2eTest, WhoFindsItsDirectoryHeldIsToldOfTheServer) {
  Shell shell;
  EXPECT_EQ(
      shell.Out(std::string(kStart) +
                "evlog append s --id 1-1 a=1 --at here; start --dir served --listen 127.0.0.1:0\n"
                "export EVLOG_AT=served\n"
                "for line in 'append s a=1' 'tail s --group g --consumer c' \\\n"
                "  'bench append --count 1' 'replay s --at here --to t --to-at served' \\\n"
                "  'append s a=1 --batch 2' 'delayed cancel 1-1' 'serve --listen 127.0.0.1:0'; do\n"
                "  evlog $line 2>&1 | sed 's/pid [0-9]*/PID/'; echo ${PIPESTATUS[0]}; done\n"
                "stop"),
      "1-1\n"
      "evlog: append: served: held by another process, PID; where that is a server, --at "
      "redis://HOST:PORT reaches it\n1\n"
      "evlog: tail: served: held by another process, PID; where that is a server, --at "
      "redis://HOST:PORT reaches it\n1\n"
      "evlog: bench append: served: held by another process, PID; where that is a server, --at "
      "redis://HOST:PORT reaches it\n1\n"
      "evlog: replay: served: held by another process, PID; where that is a server, --to-at "
      "redis://HOST:PORT reaches it\n1\n"
      "evlog: append: served: held by another process, PID\n1\n"
      "evlog: delayed cancel: served: held by another process, PID\n1\n"
      "evlog: serve: served: held by another process, PID\n1\n");
}

TEST(ServeE2eTest, FaultsAreOfTheUsage) {
  Shell shell;
  Outcome outcome = shell.Run("printf '[server]\\nport = 6379\\n' >bad; evlog serve --config bad");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("evlog: serve: bad:2:1: there is no setting \"server.port\""));
  outcome = shell.Run("evlog serve --io-threads 0");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--io-threads is \"0\"; allowed: a number, 1..256"));
  outcome = shell.Run("evlog serve --config missing");
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("--config \"missing\": No such file"));
}

TEST(ServeE2eTest, WhereOthersCanConnectTheSettingsAreNamed) {
  Shell shell;
  const Outcome outcome = shell.Run("evlog serve --listen 0.0.0.0:0");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("set a password (requirepass), or say that none is wanted "
                                     "(unprotected)"));
}

// What an operator should know, on stderr; a client cannot forge a line of it.
TEST(ServeE2eTest, SaysWhatHappensAsItIsAsked) {
  Shell shell;
  const std::string script = std::string(kServers) +
                             "serve log $flags\n"
                             "exec 7<>/dev/tcp/127.0.0.1/$port\n"
                             "printf 'POST / HTTP/1.1\\r\\n\\r\\n' >&7; cat <&7\n"
                             "kill $server; wait $server";
  std::string err = shell.Run("flags='--log-level info'\n" + script).err;
  EXPECT_THAT(err, HasSubstr("Z info listening on 127.0.0.1:"));
  EXPECT_THAT(err, HasSubstr("Z warn client 127.0.0.1:"));
  EXPECT_THAT(err, HasSubstr("Z info stopped\n"));
  err = shell.Run("flags='--log-format json'\n" + script).err;
  EXPECT_THAT(err, StartsWith("{\"time\":\"20"));
  EXPECT_THAT(err, HasSubstr("Z\",\"level\":\"warn\",\"message\":\"client 127.0.0.1:"));
  EXPECT_THAT(err, Not(HasSubstr("info")));
  err = shell.Run("flags='--log-level off'\n" + script).err;
  EXPECT_EQ(err, "");
}

}  // namespace
}  // namespace evlog::cli
