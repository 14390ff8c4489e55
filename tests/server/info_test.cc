// INFO as monitoring reads it: errors by kind, rates, and the fields that tools look for.
#include <gmock/gmock.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "server/error_stats.h"
#include "server/traffic_rates.h"
#include "tests/server/server_fixture.h"

namespace evlog::server {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class InfoTest : public ServerTest {
 protected:
  void SetUp() override { Start(); }

  static std::string Info(RespClient& client, const std::string& section) {
    client.SendCommand({"INFO", section});
    return client.ReadText();
  }
  // Another client asks, so that `section` is not that of one which cannot.
  std::string Info(const std::string& section) {
    RespClient client = Connect();
    return Info(client, section);
  }
  // The value of a field; empty: there is none.
  static std::string Field(const std::string& info, const std::string& name) {
    const size_t at = info.find("\n" + name + ":");
    if (at == std::string::npos) return {};
    const size_t begin = at + name.size() + 2;
    return info.substr(begin, info.find('\r', begin) - begin);
  }
  // What is counted is that, and so many in all.
  void ExpectErrors(const std::string& kinds, int total) {
    EXPECT_EQ(Info("errorstats"), "# Errorstats\r\n" + kinds);
    EXPECT_EQ(Field(Info("stats"), "total_error_replies"), std::to_string(total));
  }
};

// As Redis 7.0.15 counts the same requests.
TEST_F(InfoTest, CountsErrorsByKind) {
  ExpectErrors("", 0);
  RespClient client = Connect();
  client.Ask({"NOSUCH", "a"});
  client.Ask({"XADD", "s"});
  client.Ask({"CLIENT", "NOSUCH"});
  client.Ask({"CLIENT"});
  client.Ask({"XADD", "s", "1-1", "f", "v"});
  client.Ask({"XADD", "s", "1-1", "f", "v"});  // on the pool, or on the io thread once it is open
  client.Ask({"XADD", "s", "1-1", "f", "v"});
  client.Ask({"XRANGE", "s", "-", "x"});
  client.Ask({"XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">"});
  client.Ask({"XGROUP", "CREATE", "s", "g", "$"});
  client.Ask({"XGROUP", "CREATE", "s", "g", "$"});
  client.Ask({"HELLO", "9"});
  ExpectErrors(
      "errorstat_BUSYGROUP:count=1\r\nerrorstat_ERR:count=7\r\nerrorstat_NOGROUP:count=1\r\n"
      "errorstat_NOPROTO:count=1\r\n",
      10);
  const std::string commands = Info("commandstats");
  EXPECT_THAT(commands, ContainsRegex("cmdstat_xadd:calls=3,[^\r]*rejected_calls=1,"
                                      "failed_calls=2\r\n"));
  // An unknown subcommand is no command, so that it is not its container that is rejected.
  EXPECT_THAT(commands, ContainsRegex("cmdstat_client:calls=0,[^\r]*rejected_calls=1,"
                                      "failed_calls=0\r\n"));

  EXPECT_EQ(client.Ask({"CONFIG", "RESETSTAT"}), "+OK");
  ExpectErrors("", 0);
}

TEST_F(InfoTest, CountsErrorsOfTransactions) {
  RespClient client = Connect();
  client.Ask({"XADD", "s", "1-1", "f", "v"});
  client.Ask({"EXEC"});
  for (const char* const wrong : {"NOSUCH", "XADD"}) {
    client.Ask({"MULTI"});
    client.Ask({wrong});
    client.Ask({"EXEC"});
  }
  ExpectErrors("errorstat_ERR:count=3\r\nerrorstat_EXECABORT:count=2\r\n", 5);
  EXPECT_THAT(Info("commandstats"), ContainsRegex("cmdstat_exec:calls=3,[^\r]*failed_calls=3\r\n"));

  client.Ask({"CONFIG", "RESETSTAT"});
  client.Ask({"MULTI"});
  client.Ask({"XADD", "s", "1-1", "f", "v"});  // in a commit, which is refused
  client.Ask({"XLEN", "s"});
  client.Ask({"XGROUP", "SETID", "s", "none", "0"});
  client.Ask({"CLIENT", "KILL", "none"});  // on the io thread
  client.Ask({"EXEC"});
  ExpectErrors("errorstat_ERR:count=2\r\nerrorstat_NOGROUP:count=1\r\n", 3);
  // The transaction itself was carried out.
  EXPECT_THAT(Info("commandstats"), ContainsRegex("cmdstat_exec:calls=1,[^\r]*failed_calls=0\r\n"));
}

TEST_F(InfoTest, CountsCommandsOfTransactions) {
  RespClient client = Connect();
  client.Ask({"CONFIG", "RESETSTAT"});
  client.Ask({"MULTI"});
  client.Ask({"XADD", "s", "1-1", "f", "v"});
  client.Ask({"XLEN", "s"});
  client.Ask({"PING"});
  client.Ask({"EXEC"});
  // MULTI, EXEC, what was between them, and INFO.
  EXPECT_EQ(Field(Info(client, "stats"), "total_commands_processed"), "6");
}

TEST_F(InfoTest, CountsErrorsOfThoseThatWaited) {
  const auto read = [](const std::string& id) {
    return "c> XREADGROUP GROUP g c BLOCK 0 STREAMS " + id + " >\n";
  };
  Transcript transcript(server_->port());
  transcript.Play(
      "a> XGROUP CREATE s g $ MKSTREAM\na: +OK\nb> CLIENT ID\nb: 2\n"
      "b> XREAD BLOCK 0 STREAMS s $\nblocked 1\na> CLIENT UNBLOCK 2 ERROR\na: 1\n"
      "b: -UNBLOCKED...\n" +
      read("s") + "blocked 1\na> XGROUP DESTROY s g\na: 1\nc: -NOGROUP...\n");
  EXPECT_EQ(Info("errorstats"),
            "# Errorstats\r\nerrorstat_NOGROUP:count=1\r\nerrorstat_UNBLOCKED:count=1\r\n");
  const std::string commands = Info("commandstats");
  EXPECT_THAT(commands, ContainsRegex("cmdstat_xread:calls=1,[^\r]*failed_calls=1\r\n"));
  EXPECT_THAT(commands, ContainsRegex("cmdstat_xreadgroup:calls=1,[^\r]*failed_calls=1\r\n"));
  // Those whose time is up, or that are unblocked as if it were, are answered with no error.
  transcript.Play(
      "a> CONFIG RESETSTAT\na: +OK\nb> XREAD BLOCK 0 STREAMS s $\nblocked 1\n"
      "a> CLIENT UNBLOCK 2\na: 1\nb: nil[]\nb> XREAD BLOCK 1 STREAMS s $\nb: nil[]\n");
  ExpectErrors("", 0);
}

TEST_F(InfoTest, CountsErrorsBeforeCommandsAndThoseThatNobodySees) {
  RespClient broken = Connect();
  broken.Send("*1\r\n:1\r\n");
  EXPECT_THAT(broken.ReadAll(), HasSubstr("-ERR Protocol error"));
  RespClient silent = Connect();
  for (const char* const line :
       {"CLIENT REPLY OFF", "NOSUCH", "XADD s", "XREADGROUP GROUP g c STREAMS s >"}) {
    silent.SendCommand(EncodeWords(line));
  }
  EXPECT_EQ(silent.Ask({"CLIENT", "REPLY", "ON"}), "+OK");
  RespClient subscribed = Connect();
  subscribed.Ask({"SUBSCRIBE", "ch"});
  EXPECT_THAT(subscribed.Ask({"XLEN", "s"}), HasSubstr("-ERR Can't execute"));
  ExpectErrors("errorstat_ERR:count=4\r\nerrorstat_NOGROUP:count=1\r\n", 5);
}

TEST_F(InfoTest, CountsErrorsOfWhoGaveNoPassword) {
  RespClient client = Connect();
  client.Ask({"CONFIG", "SET", "requirepass", "secret"});
  RespClient other = Connect();
  other.Ask({"XLEN", "s"});
  other.Ask({"HELLO", "3"});
  other.Ask({"AUTH", "wrong"});
  EXPECT_EQ(Info(client, "errorstats"),
            "# Errorstats\r\nerrorstat_NOAUTH:count=2\r\nerrorstat_WRONGPASS:count=1\r\n");
  EXPECT_THAT(Info(client, "commandstats"),
              ContainsRegex("cmdstat_xlen:calls=0,[^\r]*rejected_calls=1,failed_calls=0\r\n"));
}

TEST_F(InfoTest, CountsErrorsOfAllThreads) {
  server_.reset();
  ServerOptions options = Options();
  options.io_threads = 3;
  Start(options);
  constexpr int kThreads = 4, kRequests = 200;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([this] {
      RespClient client = Connect();
      for (int request = 0; request < kRequests; ++request) {
        client.Ask({"NOSUCH"});
        client.Ask({"XGROUP", "SETID", "s", "g", "0"});  // on the pool
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ExpectErrors("errorstat_ERR:count=1600\r\n", 2 * kThreads * kRequests);
}

TEST(ErrorStatsTest, KnowsErrorsByTheirFirstWord) {
  ErrorStats stats;
  for (const char* const error : {"ERR x", "ERR", "", "NOGROUP No such", "ERR x y",
                                  "a-word-that-is-longer-than-those-of-errors x"}) {
    stats.Count(error);
  }
  using Kinds = std::vector<std::pair<std::string, uint64_t>>;
  // What has no word of its own is an ERR, as in Redis.
  EXPECT_EQ(stats.List(), (Kinds{{"ERR", 5}, {"NOGROUP", 1}}));
  EXPECT_EQ(stats.total(), 6u);
  stats.Reset();
  EXPECT_EQ(stats.List(), Kinds());
  EXPECT_EQ(stats.total(), 0u);
}

TEST(ErrorStatsTest, KeepsSoManyKindsAndCountsAll) {
  ErrorStats stats;
  for (size_t i = 0; i < ErrorStats::kKindsMax + 10; ++i) {
    stats.Count("KIND" + std::to_string(i) + " x");
  }
  stats.Count("KIND0 x");
  EXPECT_EQ(stats.List().size(), ErrorStats::kKindsMax);
  EXPECT_EQ(stats.total(), ErrorStats::kKindsMax + 11);
}

TEST_F(InfoTest, HasTheSectionsOfRedis) {
  const auto sections = [this](const std::string& asked) {
    const std::string info = Info(asked);
    std::string names;
    for (size_t at = info.find("# "); at != std::string::npos; at = info.find("\n# ", at + 1)) {
      const size_t begin = info.find("# ", at) + 2;
      names += info.substr(begin, info.find('\r', begin) - begin) + " ";
    }
    return names;
  };
  const std::string before = "Server Clients Memory Persistence Stats Replication CPU Modules ";
  const std::string behind = "Errorstats Cluster Keyspace Evlog ";
  EXPECT_EQ(sections("default"), before + behind);
  EXPECT_EQ(sections("everything"), before + "Commandstats " + behind);
  EXPECT_EQ(sections("all"), before + "Commandstats " + behind);
  EXPECT_EQ(Info("modules"), "# Modules\r\n");
  EXPECT_EQ(Info("nosuch"), "");
  EXPECT_THAT(Info("ErrorStats"), HasSubstr("# Errorstats\r\n"));
}

TEST_F(InfoTest, HasWhatToolsRead) {
  Connect().Ask({"XADD", "s", "*", "f", "v"});
  RespClient subscriber = Connect();
  subscriber.Ask({"SSUBSCRIBE", "shard"});
  const std::string info = Info("default");
  for (const char* const field : {"redis_git_sha1:00000000",
                                  "redis_git_dirty:0",
                                  "multiplexing_api:epoll",
                                  "hz:1",
                                  "configured_hz:1",
                                  "maxmemory_human:0B",
                                  "used_memory_lua:0",
                                  "number_of_cached_scripts:0",
                                  "mem_fragmentation_ratio:1.00",
                                  "rdb_last_bgsave_status:ok",
                                  "rdb_last_bgsave_time_sec:-1",
                                  "aof_last_bgrewrite_status:ok",
                                  "aof_last_rewrite_time_sec:-1",
                                  "aof_rewrite_scheduled:0",
                                  "instantaneous_input_repl_kbps:0.00",
                                  "sync_full:0",
                                  "latest_fork_usec:0",
                                  "evicted_keys:0",
                                  "pubsub_channels:0",
                                  "pubsubshard_channels:1",
                                  "unexpected_error_replies:0",
                                  "total_error_replies:0",
                                  "repl_backlog_histlen:0",
                                  "second_repl_offset:-1",
                                  "db0:keys=1,expires=0,avg_ttl=0"}) {
    EXPECT_THAT(info, HasSubstr("\n" + std::string(field) + "\r\n"));
  }
  EXPECT_EQ(Field(info, "process_id"), std::to_string(getpid()));
  EXPECT_THAT(Field(info, "executable"), HasSubstr("server_test"));
  EXPECT_THAT(info, HasSubstr("\nconfig_file:\r\n"));
  EXPECT_EQ(Field(info, "tcp_port"), std::to_string(server_->port()));
  const auto number = [&info](const std::string& name) { return std::stod(Field(info, name)); };
  EXPECT_GE(number("used_memory_peak"), number("used_memory"));
  EXPECT_GT(number("total_system_memory"), number("used_memory_rss"));
  EXPECT_GT(number("used_memory_peak_perc"), 0);
  EXPECT_LE(number("used_memory_peak_perc"), 100);
  EXPECT_GE(number("used_cpu_user_children"), 0);
  EXPECT_GT(number("rdb_last_save_time"), 1.7e9);
  for (const char* const name : {"used_memory_human", "used_memory_rss_human",
                                 "used_memory_peak_human", "total_system_memory_human"}) {
    EXPECT_THAT(Field(info, name), ContainsRegex("^[0-9]+\\.[0-9][0-9][KMGT]$"));
  }
  // What has no true value here is not told.
  EXPECT_THAT(info, Not(HasSubstr("keyspace_hits")));
  EXPECT_THAT(Info("everything"), Not(HasSubstr("Latencystats")));
}

TEST_F(InfoTest, KeepsFixedSettingsAndTakesTheValuesThatTheyHave) {
  RespClient client = Connect();
  const std::string port = std::to_string(server_->port());
  EXPECT_EQ(client.Ask({"CONFIG", "GET", "port"}), "[\"port\" \"" + port + "\"]");
  client.SendCommand({"CONFIG", "SET", "port", port, "databases", "16", "appendonly", "yes"});
  EXPECT_EQ(client.Read(), "+OK");
  for (const char* const name : {"port", "databases", "appendonly", "maxmemory"}) {
    EXPECT_EQ(client.Ask({"CONFIG", "SET", name, "7"}),
              "-ERR CONFIG SET failed (possibly related to argument '" + std::string(name) +
                  "') - can't set immutable config");
  }
}

class WoundInfoTest : public InfoTest {
 protected:
  void SetUp() override { StartWound(); }
};

TEST_F(WoundInfoTest, TellsRatesOfNow) {
  RespClient client = Connect();
  const auto fields = [&client] {
    const std::string info = Info(client, "stats");
    return Field(info, "instantaneous_ops_per_sec") + " " +
           Field(info, "instantaneous_input_kbps") + " " + Field(info, "instantaneous_output_kbps");
  };
  client.Ask({"PING"});
  EXPECT_EQ(client.Ask({"CONFIG", "RESETSTAT"}), "+OK");
  const std::string payload(4096, 'x');
  for (int i = 0; i < 39; ++i) client.Ask({"PING", payload});
  clock_.Advance(absl::Seconds(4));
  // 39 PING and an INFO: 160,666 bytes; 39 replies, and that of RESETSTAT: 160,100 bytes.
  EXPECT_EQ(fields(), "10 39.23 39.09");
  clock_.Advance(absl::Seconds(10));
  EXPECT_THAT(fields(), ContainsRegex("^0 0\\.0[0-9] 0\\.[0-9]+$"));
  // Of a clock that was set back, nothing is made up.
  clock_.Advance(-absl::Hours(1));
  client.Ask({"PING", payload});
  EXPECT_THAT(fields(), ContainsRegex("^[0-9] [0-9]\\.[0-9]+ [0-9]\\.[0-9]+$"));
}

TEST(TrafficRatesTest, AreOfTheLastSecondOrTwo) {
  const absl::Time began = absl::FromUnixSeconds(1'700'000'000);
  TrafficRates rates(began);
  const auto at = [&](double seconds) { return began + absl::Seconds(seconds); };
  const auto commands = [&](double seconds, uint64_t count) {
    return rates.Until(at(seconds), {.commands = count}).commands;
  };
  EXPECT_EQ(commands(0, 0), 0);
  EXPECT_EQ(commands(0.001, 5), 5);  // a second at least, so no 5,000
  rates.Sample(at(1), {.commands = 100});
  EXPECT_EQ(commands(1, 100), 100);
  rates.Sample(at(1.5), {.commands = 100});  // by another thread: it is of the same second
  EXPECT_EQ(commands(2, 400), 200);
  rates.Sample(at(2), {.commands = 400});
  EXPECT_EQ(commands(2, 400), 300);
  // One that asked for the time a little earlier changes nothing.
  rates.Sample(at(1.9), {.commands = 400});
  EXPECT_EQ(commands(2, 400), 300);
  rates.Sample(at(-100), {.commands = 400});  // the clock was set back
  EXPECT_EQ(commands(-100, 410), 10);
  rates.Reset(at(-99));
  EXPECT_EQ(commands(-98, 3), 3);
}

TEST_F(WoundInfoTest, TellsHowLongKeysLive) {
  RespClient client = Connect();
  for (const char* const key : {"a", "b", "c"}) client.Ask({"XADD", key, "*", "f", "v"});
  client.Ask({"PEXPIRE", "a", "1000"});
  client.Ask({"PEXPIRE", "b", "4000"});
  EXPECT_THAT(Info(client, "keyspace"), HasSubstr("db0:keys=3,expires=2,avg_ttl=2500\r\n"));
}

}  // namespace
}  // namespace evlog::server
