#include "cli/serve_log.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace evlog::cli {
namespace {

TEST(ServeLogTest, AnEventIsALine) {
  const absl::Time time = absl::FromUnixMillis(1'700'000'000'123);
  EXPECT_EQ(LogLine(time, "warn", "client 127.0.0.1:5: cut off", false),
            "2023-11-14T22:13:20.123Z warn client 127.0.0.1:5: cut off\n");
  EXPECT_EQ(LogLine(time, "error", "stream \"a\r\nb\"", false),
            "2023-11-14T22:13:20.123Z error stream \"a  b\"\n");
}

TEST(ServeLogTest, OrAnObject) {
  const std::string line =
      LogLine(absl::FromUnixMillis(1'700'000'000'123), "info", "stream \"a\nb\"", true);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto json = nlohmann::json::parse(line, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << line;
  EXPECT_EQ(json["time"], "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(json["level"], "info");
  EXPECT_EQ(json["message"], "stream \"a\nb\"");
  EXPECT_EQ(json.size(), 3u);
}

}  // namespace
}  // namespace evlog::cli
