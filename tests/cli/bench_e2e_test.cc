// The load generator on a directory, on `evlog serve` and on Redis: that it counts right, and
// leaves nothing behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/places.h"
#include "tests/cli/shell.h"

namespace evlog::cli {
namespace {

using ::nlohmann::json;
using ::testing::HasSubstr;

class BenchE2eTest : public testing::TestWithParam<Place> {
 protected:
  // In a directory, the log must be there.
  std::string Begun() const {
    return Begin(GetParam()) + (server() ? "" : "[ -d log ] || evlog create s\n");
  }
  std::string Out(const std::string& script) { return shell_.Out(Begun() + script); }
  Outcome Run(const std::string& script) { return shell_.Run(Begun() + script); }
  json Json(const std::string& command) {
    return json::parse(Out("evlog bench " + command + " --format json"), nullptr, false);
  }
  bool server() const { return GetParam().begin[0] != '\0'; }

 private:
  Shell shell_;
};
INSTANTIATE_TEST_SUITE_P(All, BenchE2eTest, testing::Values(kDirectory, kServe, kRedis),
                         [](const auto& is) { return is.param.name; });

// The measure of that name.
json Of(const json& result, const std::string& measure) {
  for (const json& is : result["measures"]) {
    if (is["measure"] == measure) return is;
  }
  return nullptr;
}

TEST_P(BenchE2eTest, AppendsWhatItSays) {
  const json result = Json("append --count 1001 --producers 3 --pipeline 4 --size 20..30");
  const json append = Of(result, "append");
  EXPECT_EQ(append["entries"], 1001);
  EXPECT_EQ(append["requests"], 1001);
  EXPECT_GE(append["bytes"], 20 * 1001);
  EXPECT_LE(append["bytes"], 30 * 1001);
  EXPECT_GT(append["p50_ns"], 0);
  EXPECT_LE(append["p50_ns"], append["max_ns"]);
  EXPECT_EQ(result["sent"], 1001);
  EXPECT_EQ(result["errors"], json::array());
  EXPECT_EQ(result["measures"].size(), 1u);
  uint64_t entries = 0;
  for (const json& interval : result["intervals"]) {
    entries += interval["measures"][0]["entries"].get<uint64_t>();
  }
  EXPECT_EQ(entries, 1001u);
}

TEST_P(BenchE2eTest, LeavesNothingBehindAndHarmsNothing) {
  EXPECT_EQ(Out("evlog append mine a=1 >/dev/null\n"
                "evlog bench append --streams 3 --count 300 --keep >/dev/null\n"
                "for n in 0 1 2; do evlog read bench-$n --format raw | wc -l; done\n"
                "evlog bench append --streams 3 --count 1 2>&1; echo $?\n"
                "evlog bench append --streams 3 --count 10 --name other >/dev/null; echo $?\n"
                "evlog drop bench-0 --yes >/dev/null; evlog bench append --streams 2 --count 1 "
                "2>/dev/null\n"
                "echo $?\n"
                "evlog streams --format json | grep -o '\"stream\":\"[a-z0-9-]*\",'\n"
                "evlog read bench-1 --format raw | wc -l"),
            "100\n100\n100\n"
            "evlog: bench append: CONFLICT: stream \"bench-0\" exists already\n4\n"
            "0\n4\n"
            "\"stream\":\"bench-1\",\n\"stream\":\"bench-2\",\n\"stream\":\"mine\",\n" +
                std::string(server() ? "" : "\"stream\":\"s\",\n") + "100\n");
}

TEST_P(BenchE2eTest, ReadsWhatIsThere) {
  const json result = Json("read --count 700 --consumers 2 --streams 2 --fetch 10 --size 5");
  EXPECT_EQ(Of(result, "read")["entries"], 1400);
  EXPECT_EQ(Of(result, "read")["bytes"], 7000);
  EXPECT_EQ(result["received"], 1400);
  EXPECT_EQ(result["missing"], 0);
  EXPECT_EQ(Of(result, "append"), nullptr);
}

TEST_P(BenchE2eTest, ReadersFollowProducers) {
  const json result = Json("read --producers 2 --consumers 2 --streams 3 --count 400");
  EXPECT_EQ(Of(result, "append")["entries"], 400);
  EXPECT_EQ(Of(result, "delivery")["entries"], 800);
  EXPECT_EQ(Of(result, "delivery")["requests"], 800);
  EXPECT_GT(Of(result, "delivery")["p50_ns"], 0);
  EXPECT_EQ(result["missing"], 0);
}

TEST_P(BenchE2eTest, GroupsConsumeAndAcknowledge) {
  const json there = Json("consume --count 500 --consumers 3 --groups 2 --fetch 7");
  EXPECT_EQ(Of(there, "read")["entries"], 1000);
  EXPECT_EQ(Of(there, "ack")["entries"], 1000);
  EXPECT_EQ(there["missing"], 0);
  const json comes = Json("consume --count 500 --producers 2 --consumers 2 --groups 2 --streams 2");
  EXPECT_EQ(Of(comes, "append")["entries"], 500);
  EXPECT_EQ(Of(comes, "delivery")["entries"], 1000);
  EXPECT_EQ(Of(comes, "ack")["entries"], 1000);
  EXPECT_EQ(comes["consumers"], 8);
}

TEST_P(BenchE2eTest, PublishesAndSubscribes) {
  const json result = Json("pubsub --count 300 --producers 2 --consumers 3 --channels 2");
  EXPECT_EQ(Of(result, "publish")["entries"], 300);
  EXPECT_EQ(Of(result, "delivery")["entries"], 900);
  EXPECT_EQ(result["missing"], 0);
}

TEST_P(BenchE2eTest, KeepsToARateAndWarmsUp) {
  const json result =
      Json("append --rate 2000/s --warmup 50ms --duration 200ms --producers 2 --interval 50ms");
  // Fewer where the machine was too busy to send the last ones in time.
  const auto entries = Of(result, "append")["entries"].get<uint64_t>();
  EXPECT_LE(entries, 400u);
  EXPECT_GE(entries, 200u);
  EXPECT_LE(result["sent"].get<uint64_t>(), entries + 100);
  EXPECT_GT(result["sent"].get<uint64_t>(), entries);
  EXPECT_GE(result["elapsed_ms"], 100);
  EXPECT_LE(result["intervals"].size(), 5u);
}

TEST_P(BenchE2eTest, RowsAndAPicture) {
  EXPECT_EQ(
      Out("evlog bench consume --producers 1 --count 50 --format csv --interval 1h --plot p.svg |\n"
          "cut -d, "
          "-f3,4 |\n"
          "  grep -v ',0$'\n"
          "python3 -c 'import xml.dom.minidom as x; "
          "print(x.parse(\"p.svg\").documentElement.tagName)'"),
      "measure,entries\nappend,50\ndelivery,50\nack,50\nsvg\n");
}

TEST_P(BenchE2eTest, ASignalEndsItWithWhatItHas) {
  EXPECT_EQ(Out("evlog bench consume --producers 1 --rate 1000/s --duration 1h --format json >r &\n"
                "bench=$!\n"
                "until evlog streams | grep -q bench-0; do :; done\n"
                "until [ \"$(evlog read bench-0 -n 5 --format raw | wc -l)\" = 5 ]; do :; done\n"
                "kill -TERM $bench; wait $bench; echo $?\n"
                "grep -o '\"interrupted\":true' r; grep -o '\"errors\":\\[\\]}' r\n"
                "evlog streams | grep -c bench || true"),
            "130\n\"interrupted\":true\n\"errors\":[]}\n0\n");
}

class BenchServersE2eTest : public BenchE2eTest {};
INSTANTIATE_TEST_SUITE_P(All, BenchServersE2eTest, testing::Values(kServe, kRedis),
                         [](const auto& is) { return is.param.name; });

TEST_P(BenchServersE2eTest, ManyConnectionsOnSeveralThreads) {
  const json result =
      Json("consume --producers 50 --pipeline 16 --consumers 20 --threads 3 --count 20000");
  EXPECT_EQ(Of(result, "append")["entries"], 20000);
  EXPECT_EQ(Of(result, "ack")["entries"], 20000);
}

TEST_P(BenchServersE2eTest, ALostConnectionIsAnError) {
  const Outcome outcome =
      Run("evlog bench append --producers 3 --duration 1h --format json >r & bench=$!\n"
          "came() { [ \"$(evlog read bench-0 -n 5 --format raw 2>/dev/null | wc -l)\" = 5 ]; }\n"
          "until came; do :; done\n"
          "kill -9 $server; wait $bench; echo $?; cat r");
  ASSERT_THAT(outcome.out, testing::StartsWith("1\n{"));
  const json result = json::parse(outcome.out.substr(2), nullptr, false);
  uint64_t lost = 0;
  for (const json& error : result["errors"]) {
    if (error["error"].get<std::string>().rfind("lost connection: 127.0.0.1:", 0) == 0) {
      lost += error["count"].get<uint64_t>();
    }
  }
  EXPECT_EQ(lost, 3u) << outcome.out;
}

TEST_P(BenchServersE2eTest, SettingsAreForEvlog) {
  const bool evlog = std::string(GetParam().name) == kServe.name;
  const Outcome outcome =
      Run("evlog bench append --keys 5 --partitions 4 --durability os --count 100 --keep\n"
          "evlog read bench-0 --format raw | wc -l");
  if (!evlog) {
    EXPECT_THAT(outcome.err,
                HasSubstr("is no evlog server: --partitions, --durability and --keys"));
    return;
  }
  EXPECT_THAT(outcome.out, HasSubstr("1 stream of 4 partitions, 100 B, 5 keys"));
  EXPECT_THAT(outcome.out, testing::EndsWith("\n100\n"));
  EXPECT_EQ(outcome.err, "");
}

TEST(BenchDirectoryE2eTest, ATemporaryLogGoesAgain) {
  Shell shell;
  EXPECT_EQ(shell.Out("mkdir t; export TMPDIR=$PWD/t\n"
                      "evlog bench append --temp --count 100 --batch 7 --keys 3 --partitions 2 |\n"
                      "  tail -n +2 | awk 'NR == 2 { print $1, $2 }'\n"
                      "EVLOG_AT=redis://none evlog bench pubsub --temp --count 10 --batch 4 \\\n"
                      "  --format json | grep -o '\"sent\":10,\"received\":10,\"missing\":0'\n"
                      "ls t; ls"),
            "append 100\n\"sent\":10,\"received\":10,\"missing\":0\nt\n");
}

TEST(BenchDirectoryE2eTest, WhatCannotBeAsked) {
  struct Row {
    const char* command;
    int code;
    const char* says;
  };
  constexpr Row kRows[] = {
      {"evlog bench", 2, "subcommand"},
      {"evlog bench nonsense", 2, "there is no verb \"bench nonsense\""},
      {"evlog bench append", 3, "bench append: "},
      {"env -u EVLOG_AT evlog bench append", 2, "no directory"},
      {"evlog bench append --at here --temp", 2, "exclude each other"},
      {"evlog bench append --temp --keep", 2, "exclude each other"},
      {"evlog bench append --temp --producers 0", 2, "nothing would be sent"},
      {"evlog bench append --temp --producers -1", 2, "--producers"},
      {"evlog bench append --temp --rate 5k", 2, "--rate \"5k\""},
      {"evlog bench append --temp --size x", 2, "--size"},
      {"evlog bench append --temp --count 0", 2, "--count 0"},
      {"evlog bench append --temp --count -1", 2, "--count"},
      {"evlog bench append --temp --duration 5", 2, "--duration"},
      {"evlog bench append --temp --interval 0", 2, "at least 1ms"},
      {"evlog bench append --temp --durability maybe", 2, "sync, os or async"},
      {"evlog bench append --temp --count 1 --plot no/such/file", 1, "no/such/file"},
      {"evlog bench append --temp --consumers 5", 2, "--consumers"},
      {"evlog bench read --temp --rate 5", 2, "--rate"},
      {"evlog bench read --temp --producers 1 --size 8", 2, "at least 16 bytes"},
      {"evlog bench pubsub --temp --pipeline 2", 2, "--pipeline"},
      {"evlog bench append --at redis://none --batch 2", 2, "--batch"},
      {"evlog bench append --at redis://127.0.0.1:1", 1, "127.0.0.1:1"},
  };
  Shell shell;
  for (const Row& row : kRows) {
    const Outcome outcome = shell.Run(row.command);
    EXPECT_EQ(outcome.code, row.code) << row.command << "\n" << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(row.says)) << row.command;
    EXPECT_EQ(outcome.out, "") << row.command;
  }
}

}  // namespace
}  // namespace evlog::cli
