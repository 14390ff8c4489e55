// `evlog top`, on a directory that others write, on servers, and in a terminal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/cli/places.h"
#include "tests/cli/shell.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class TopE2eTest : public testing::TestWithParam<Place> {
 protected:
  bool server() const { return GetParam().begin[0] != '\0'; }
  bool redis() const { return std::string_view(GetParam().name) == "Redis"; }
  Shell shell_;
};
INSTANTIATE_TEST_SUITE_P(All, TopE2eTest, testing::Values(kDirectory, kServe, kRedis),
                         [](const auto& is) { return is.param.name; });

// Appends to `s` as long as `evlog top` runs, by a process that stays.
constexpr char kBusy[] =
    "evlog append s n=0 >/dev/null && evlog append other n=0 >/dev/null\n"
    "evlog groups create s g --from begin\n"
    "mkfifo feed; evlog append s --lines <feed >/dev/null & writer=$!\n"
    "exec 5>feed\n"
    "{ while [ ! -e done ]; do echo x; done; } >&5 2>/dev/null & feeder=$!\n";
constexpr char kQuiet[] = "touch done; wait $feeder; exec 5>&-; wait $writer\n";

TEST_P(TopE2eTest, TellsWhatOthersWriteMeanwhile) {
  const std::string out =
      shell_.Out(Begin(GetParam()) + kBusy +
                 "evlog top --interval 500ms -n 3 --sort name --format json\n" + kQuiet);
  std::istringstream lines(out);
  uint64_t frames = 0, appended = 0;
  for (std::string line; std::getline(lines, line); ++frames) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    ASSERT_FALSE(json.is_discarded()) << line;
    EXPECT_GE(json["span_ms"], 400);
    ASSERT_EQ(json["streams"].size(), 2u) << line;
    EXPECT_EQ(json["streams"][0]["stream"], "other");
    EXPECT_EQ(json["streams"][1]["stream"], "s");
    EXPECT_EQ(json["streams"][1]["appended"], json["appended"]);
    EXPECT_EQ(json["streams"][1]["bytes"].is_null(), redis());
    ASSERT_EQ(json["groups"].size(), 1u);
    EXPECT_GE(json["groups"][0]["lag"], 1);
    ASSERT_TRUE(json["groups"][0]["lag_age_ms"].is_number()) << line;
    EXPECT_GE(json["groups"][0]["lag_age_ms"], 400 * (frames + 1)) << line;
    EXPECT_EQ(json["server"].is_null(), !server());
    EXPECT_EQ(json["log"].is_null(), redis());
    appended += json["appended"].get<uint64_t>();
  }
  EXPECT_EQ(frames, 3u);
  EXPECT_GT(appended, 0u);
}

TEST_P(TopE2eTest, ShowsALineForEachStreamAndGroup) {
  const std::string out =
      shell_.Out(Begin(GetParam()) +
                 "evlog append orders n=1 >/dev/null && evlog append mail n=1 >/dev/null\n"
                 "evlog groups create orders billing --from begin\n"
                 "evlog top 'o*' --once --interval 100ms --at \"${EVLOG_AT}\"");
  EXPECT_THAT(out, StartsWith("evlog top  "));
  EXPECT_THAT(out, HasSubstr("  streams 1  groups 1  lag 1  pending 0\n"));
  EXPECT_THAT(out, HasSubstr("\norders   0       0/s   0/s        1"));
  // Redis does not count what a group has read before it has.
  EXPECT_THAT(out, HasSubstr(redis() ? "\nbilling  orders   0     -    1"
                                     : "\nbilling  orders   0   0/s    1"));
  EXPECT_EQ(out.find('\x1b'), std::string::npos);
}

// Redis does not know it once a group was set to an id in the middle; evlog counts.
TEST(TopTest, ALagThatRedisDoesNotKnowIsNotNone) {
  const char* const script =
      "for i in 1 2 3; do redis-cli -p $port xadd s $i-1 n $i; done >/dev/null\n"
      "redis-cli -p $port xgroup create s end 3-1 >/dev/null\n"
      "redis-cli -p $port xgroup create s middle 1-1 >/dev/null\n"
      "redis-cli -p $port xdel s 2-1 >/dev/null\n"
      "evlog top --once --interval 100ms --sort name --format json";
  for (const Place& place : {kRedis, kServe}) {
    Shell shell;
    const std::string line = shell.Out(Begin(place) + script);
    const auto json = nlohmann::json::parse(line, nullptr, false);
    ASSERT_FALSE(json.is_discarded()) << line;
    ASSERT_EQ(json["groups"].size(), 2u) << line;
    EXPECT_EQ(json["groups"][0]["lag"], 0) << line;
    EXPECT_TRUE(json["groups"][0]["lag_age_ms"].is_null()) << line;
    if (place.name == std::string_view(kRedis.name)) {
      EXPECT_TRUE(json["groups"][1]["lag"].is_null()) << line;
    } else {
      EXPECT_EQ(json["groups"][1]["lag"], 1) << line;
    }
    EXPECT_GT(json["groups"][1]["lag_age_ms"], 0) << line;
  }
}

TEST(TopTest, FaultsAreNamed) {
  Shell shell;
  shell.Out("evlog create s");
  const struct {
    const char* command;
    int code;
    const char* says;
  } rows[] = {
      {"evlog top --interval 99ms", 2, "100ms or more"},
      {"evlog top --interval soon", 2, "soon"},
      {"evlog top --once -n 2", 2, "give one of both"},
      {"evlog top -n 0", 2, "-n is 0"},
      {"evlog top --sort colour", 2, "--sort"},
      {"evlog top --at nowhere", 3, "nowhere"},
      {"evlog top --at redis://127.0.0.1:1", 1, "127.0.0.1:1"},
  };
  for (const auto& row : rows) {
    const Outcome outcome = shell.Run(row.command);
    EXPECT_EQ(outcome.code, row.code) << row.command << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(row.says)) << row.command;
    EXPECT_EQ(outcome.out, "") << row.command;
  }
}

TEST(TopTest, OnlyTheDatabaseThatIsNamed) {
  Shell shell;
  const char* const script =
      "evlog append a n=1 >/dev/null; evlog append b n=1 --db 3 >/dev/null\n"
      "for db in '' '--db 0' '--db 3'; do\n"
      "  evlog top --once --interval 100ms --sort name --format json $db |\n"
      "    grep -o '\"stream\":\"[a-z]*\",\"db\":[0-9]*' | xargs; done";
  const char* const expected = "stream:a,db:0 stream:b,db:3\nstream:a,db:0\nstream:b,db:3\n";
  EXPECT_EQ(shell.Out(script), expected);
  EXPECT_EQ(shell.Out(std::string(kServers) +
                      "serve log; export EVLOG_AT=redis://127.0.0.1:$port\n" + script),
            expected);
}

// `script` gives it a terminal.
TEST(TopTest, ATerminalIsDrawnUntilQAndLeftAsItWas) {
  Shell shell;
  const Outcome outcome = shell.Run(
      "evlog append s n=1 >/dev/null; { echo s; echo q; } |\n"
      "script -qec 'evlog top --interval 1h' /dev/null");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("\x1b[?1049h\x1b[?25l\x1b[Hevlog top  "));
  EXPECT_THAT(outcome.out, HasSubstr("  by appends\x1b[K\r\n"));
  EXPECT_THAT(outcome.out, HasSubstr("  by reads\x1b[K\r\n"));
  EXPECT_THAT(outcome.out, HasSubstr("\x1b[?25h\x1b[?1049l"));
}

}  // namespace
}  // namespace evlog::cli
