#include "server/wire/resp_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace evlog::server {
namespace {

using Result = RespParser::Result;
using Strings = std::vector<std::string>;

struct Parsed {
  std::vector<Strings> requests;
  std::string error;
};

// Everything that `bytes` hold, handed over in pieces of `piece` bytes, each time in a buffer of
// its own, as a connection does that has moved what is not whole yet.
Parsed ParseAll(std::string_view bytes, size_t piece, const RequestLimits& limits = {},
                bool authenticated = true) {
  Parsed parsed;
  RespParser parser(&limits);
  size_t begin = 0;
  for (size_t end = 0; end < bytes.size();) {
    end = std::min(bytes.size(), end + piece);
    for (;;) {
      const std::string_view come = bytes.substr(begin, end - begin);
      const std::unique_ptr<char[]> buffer(new char[come.size()]);
      std::copy(come.begin(), come.end(), buffer.get());
      const Result result = parser.Parse({buffer.get(), come.size()}, authenticated);
      if (result == Result::kMore) break;
      if (result == Result::kError) {
        parsed.error = parser.error();
        return parsed;
      }
      parsed.requests.emplace_back(parser.args().begin(), parser.args().end());
      begin += parser.consumed();
      if (begin == end) break;
    }
    parser.Shrink();  // as a connection does that waits for more
  }
  return parsed;
}

struct Case {
  std::string_view bytes;
  std::vector<Strings> requests;
  std::string error = {};
};

const Case kCases[] = {
    {"*1\r\n$4\r\nPING\r\n", {{"PING"}}},
    {"*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", {{"ECHO", ""}}},
    {"*2\r\n$4\r\nECHO\r\n$4\r\na\r\nb\r\n*1\r\n$4\r\nPING\r\n", {{"ECHO", "a\r\nb"}, {"PING"}}},
    {"PING\r\n", {{"PING"}}},
    {"PING\n", {{"PING"}}},
    {"  set  k\tv \r\nPING\r\n", {{"set", "k", "v"}, {"PING"}}},
    {"set \"a b\" 'c d' \"\\x41\\n\\\"\" 'it\\'s \\n'\r\n",
     {{"set", "a b", "c d", "A\n\"", "it's \\n"}}},
    {"\"\" ''\r\n", {{"", ""}}},
    // Nothing, as Redis takes it.
    {"\r\n", {{}}},
    {"*0\r\n", {{}}},
    {"*-1\r\nPING\r\n", {{}, {"PING"}}},
    // Errors, in Redis' words.
    {"*x\r\n", {}, "Protocol error: invalid multibulk length"},
    {"*1048577\r\n", {}, "Protocol error: invalid multibulk length"},
    {"*99999999999999999999\r\n", {}, "Protocol error: invalid multibulk length"},
    {"*1\r\n+PING\r\n", {}, "Protocol error: expected '$', got '+'"},
    {"*1\r\n$-1\r\n", {}, "Protocol error: invalid bulk length"},
    {"*1\r\n$4x\r\n", {}, "Protocol error: invalid bulk length"},
    {"*1\r\n$04\r\n", {}, "Protocol error: invalid bulk length"},
    {"*1\r\n$1073741824\r\n", {}, "Protocol error: invalid bulk length"},
    {"PING \"x\r\n", {}, "Protocol error: unbalanced quotes in request"},
    {"PING \"x\"y\r\n", {}, "Protocol error: unbalanced quotes in request"},
    {"PING\r\n*1\r\n!", {{"PING"}}, "Protocol error: expected '$', got '!'"},
};

TEST(RespParser, ReadsRequestsHoweverTheyArrive) {
  for (const Case& c : kCases) {
    for (size_t piece = 1; piece <= c.bytes.size(); ++piece) {
      const Parsed parsed = ParseAll(c.bytes, piece);
      EXPECT_EQ(parsed.requests, c.requests) << c.bytes << " in pieces of " << piece;
      EXPECT_EQ(parsed.error, c.error) << c.bytes << " in pieces of " << piece;
    }
  }
}

// More than it keeps memory for.
TEST(RespParser, ALongRequestInPiecesIsOneRequest) {
  Strings request = {"XADD", "s", "*"};
  std::string bytes = "*4003\r\n$4\r\nXADD\r\n$1\r\ns\r\n$1\r\n*\r\n";
  for (int i = 0; i < 4000; ++i) {
    request.push_back("FLUSHALL");
    bytes += "$8\r\nFLUSHALL\r\n";
  }
  bytes += "PING\r\n";
  const std::vector<Strings> expected = {request, {"PING"}};
  for (const size_t piece : {size_t{997}, size_t{16'000}, bytes.size() - 30, bytes.size()}) {
    const Parsed parsed = ParseAll(bytes, piece);
    EXPECT_EQ(parsed.error, "");
    EXPECT_EQ(parsed.requests, expected) << piece;
  }
}

TEST(RespParser, EveryArgumentIsAViewIntoTheInput) {
  const RequestLimits limits;
  RespParser parser(&limits);
  const std::string input = "*2\r\n$4\r\nECHO\r\n$5\r\nhello\r\n";
  ASSERT_EQ(parser.Parse(input), Result::kRequest);
  for (const std::string_view arg : parser.args()) {
    EXPECT_GE(arg.data(), input.data());
    EXPECT_LE(arg.data() + arg.size(), input.data() + input.size());
  }
  EXPECT_EQ(parser.consumed(), input.size());
}

TEST(RespParser, SaysHowMuchALongArgumentStillWants) {
  const RequestLimits limits;
  RespParser parser(&limits);
  EXPECT_EQ(parser.Parse("*1\r\n$1000\r\nabc"), Result::kMore);
  EXPECT_EQ(parser.wanted(), 4 + 7 + 1002);
}

TEST(RespParser, RefusesLinesWithoutEnd) {
  const RequestLimits limits{.line_bytes = 100};
  EXPECT_EQ(ParseAll(std::string(101, 'a'), 7, limits).error,
            "Protocol error: too big inline request");
  EXPECT_EQ(ParseAll("*" + std::string(101, '1'), 7, limits).error,
            "Protocol error: too big mbulk count string");
  EXPECT_EQ(ParseAll("*1\r\n$" + std::string(101, '1'), 7, limits).error,
            "Protocol error: too big bulk count string");
}

TEST(RespParser, RefusesARequestThatWouldBeTooLarge) {
  const RequestLimits limits{.bulk_bytes = 10, .request_bytes = 30};
  EXPECT_EQ(ParseAll("*1\r\n$11\r\n", 100, limits).error, "Protocol error: invalid bulk length");
  EXPECT_EQ(ParseAll("*2\r\n$10\r\n0123456789\r\n$10\r\n", 100, limits).error,
            "Protocol error: a request has at most 30 bytes");
}

TEST(RespParser, TakesLittleFromThoseWithoutAPassword) {
  EXPECT_EQ(ParseAll("*11\r\n", 100, {}, false).error,
            "Protocol error: unauthenticated multibulk length");
  EXPECT_EQ(ParseAll("*1\r\n$16385\r\n", 100, {}, false).error,
            "Protocol error: unauthenticated bulk length");
  EXPECT_EQ(ParseAll("*1\r\n$4\r\nPING\r\n", 100, {}, false).requests.size(), 1);
}

TEST(RespParser, ANumberIsWrittenOneWayOnly) {
  const struct {
    std::string_view text;
    bool ok;
    int64_t value;
  } cases[] = {
      {"0", true, 0},
      {"-1", true, -1},
      {"9223372036854775807", true, INT64_MAX},
      {"-9223372036854775808", true, INT64_MIN},
      {"9223372036854775808", false, 0},
      {"", false, 0},
      {"-", false, 0},
      {"-0", false, 0},
      {"01", false, 0},
      {"+1", false, 0},
      {" 1", false, 0},
      {"1 ", false, 0},
      {"1.0", false, 0},
  };
  for (const auto& c : cases) {
    int64_t value = 0;
    EXPECT_EQ(ParseNumber(c.text, &value), c.ok) << c.text;
    if (c.ok) {
      EXPECT_EQ(value, c.value);
    }
  }
}

}  // namespace
}  // namespace evlog::server
