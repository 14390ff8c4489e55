#include "server/commands/stream_args.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace evlog::server {
namespace {

TEST(StreamArgs, IdsAreNumbersWithADash) {
  const struct {
    std::string_view text;
    bool ok;
    EntryId id;
  } cases[] = {
      {"5-3", true, {5, 3}},
      {"5", true, {5, 9}},
      {"0-0", true, {0, 0}},
      {"18446744073709551615-18446744073709551615", true, EntryId::Max()},
      {"18446744073709551616-0", false, {}},
      {"", false, {}},
      {"-", false, {}},
      {"5-", false, {}},
      {"-5", false, {}},
      {"5-3-1", false, {}},
      {"5-*", false, {}},
      {"+5", true, {5, 9}},
      {"++5", false, {}},
      {"5 ", false, {}},
      {"a", false, {}},
  };
  for (const auto& c : cases) {
    EntryId id;
    EXPECT_EQ(ParseId(c.text, 9, &id), c.ok) << c.text;
    if (c.ok) {
      EXPECT_EQ(id, c.id) << c.text;
    }
  }
}

TEST(StreamArgs, RangesBeginAndEndAtIds) {
  const struct {
    std::string_view text;
    EntryId start, end;
  } cases[] = {
      {"-", EntryId::Min(), EntryId::Min()},
      {"+", EntryId::Max(), EntryId::Max()},
      {"5", {5, 0}, {5, UINT64_MAX}},
      {"5-3", {5, 3}, {5, 3}},
      {"(5-3", {5, 4}, {5, 2}},
      {"(5", {5, 1}, {5, UINT64_MAX - 1}},
      {"(5-18446744073709551615", {6, 0}, {5, UINT64_MAX - 1}},
  };
  for (const auto& c : cases) {
    EntryId start, end;
    EXPECT_EQ(ParseRangeStart(c.text, &start), "") << c.text;
    EXPECT_EQ(ParseRangeEnd(c.text, &end), "") << c.text;
    EXPECT_EQ(start, c.start) << c.text;
    EXPECT_EQ(end, c.end) << c.text;
  }
  EntryId id;
  EXPECT_EQ(ParseRangeStart("(18446744073709551615-18446744073709551615", &id),
            "ERR invalid start ID for the interval");
  EXPECT_EQ(ParseRangeEnd("(0-0", &id), "ERR invalid end ID for the interval");
  for (const std::string_view bad : {"(-", "(+", "((5", "x", ""}) {
    EXPECT_EQ(ParseRangeStart(bad, &id),
              "ERR Invalid stream ID specified as stream command argument")
        << bad;
  }
}

struct XaddCase {
  std::vector<std::string_view> args;  // after `XADD s`
  std::string error;
};

TEST(StreamArgs, XaddTakesItsOptionsInAnyOrder) {
  const std::string wrong = "ERR wrong number of arguments for 'xadd' command";
  const std::string twice = "ERR syntax error, IDMP/IDMPAUTO specified multiple times";
  const XaddCase cases[] = {
      {{"*", "f", "v"}, ""},
      {{"NOMKSTREAM", "MAXLEN", "~", "5", "LIMIT", "3", "*", "f", "v"}, ""},
      {{"LIMIT", "3", "MAXLEN", "~", "5", "nomkstream", "1-1", "f", "v"}, ""},
      {{"MINID", "=", "5", "KEEPREF", "1-*", "f", "v"}, ""},
      {{"IDMP", "p", "i", "*", "f", "v"}, ""},
      {{"IDMPAUTO", "p", "MAXLEN", "1", "*", "f", "v"}, ""},
      {{"IDMPAUTO", "p", "1-1", "f", "v"},
       "ERR IDMP and IDMPAUTO can be used only with auto-generated IDs"},
      {{"IDMP", "p", "i", "IDMP", "p", "i", "*", "f", "v"}, twice},
      {{"IDMP", "p", "i", "MAXLEN", "1", "IDMPAUTO", "p", "*", "f", "v"}, twice},
      {{"IDMPAUTO", "p", "IDMP", "p", "i", "*", "f", "v"}, twice},
      {{"IDMPAUTO", "p", "IDMPAUTO", "p", "*", "f", "v"}, twice},
      // As in Redis, the second is taken for the id.
      {{"KEEPREF", "DELREF", "*", "f", "v"},
       "ERR Invalid stream ID specified as stream command argument"},
      {{"ACKED", "MAXLEN", "1", "ACKED", "1-1", "f", "v"},
       "ERR Invalid stream ID specified as stream command argument"},
      {{"*", "f"}, wrong},
      {{"*", "f", "v", "g"}, wrong},
      {{"MAXLEN", "1", "*"}, wrong},
      {{"0-0", "f", "v"}, "ERR The ID specified in XADD must be greater than 0-0"},
      {{"x", "f", "v"}, "ERR Invalid stream ID specified as stream command argument"},
      {{"-", "f", "v"}, "ERR Invalid stream ID specified as stream command argument"},
      {{"5-1-*", "f", "v"}, "ERR Invalid stream ID specified as stream command argument"},
      {{"MAXLEN", "x", "*", "f", "v"}, "ERR value is not an integer or out of range"},
      {{"MAXLEN", "-1", "*", "f", "v"}, "ERR The MAXLEN argument must be >= 0."},
      {{"MAXLEN", "5", "LIMIT", "1", "*", "f", "v"},
       "ERR syntax error, LIMIT cannot be used without the special ~ option"},
      {{"LIMIT", "1", "*", "f", "v"},
       "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"},
      {{"MAXLEN", "1", "MINID", "1", "*", "f", "v"},
       "ERR syntax error, MAXLEN and MINID options at the same time are not compatible"},
      {{"MAXLEN", "~", "1", "LIMIT", "-1", "*", "f", "v"}, "ERR The LIMIT argument must be >= 0."},
  };
  for (const XaddCase& c : cases) {
    std::vector<std::string_view> args = {"XADD", "s"};
    args.insert(args.end(), c.args.begin(), c.args.end());
    XaddArgs parsed;
    EXPECT_EQ(parsed.Parse(args), c.error) << c.args[0] << " " << c.args[1];
  }
}

TEST(StreamArgs, ATrimIsExactUnlessItSaysOtherwise) {
  const std::vector<std::string_view> exact = {"XADD", "s", "MAXLEN", "7", "*", "f", "v"};
  XaddArgs args;
  ASSERT_EQ(args.Parse(exact), "");
  EXPECT_TRUE(args.trim.options().keep.exact);
  EXPECT_EQ(args.trim.options().keep.max_entries, 7u);
  EXPECT_EQ(args.trim.options().limit, UINT64_MAX);
  const std::vector<std::string_view> about = {"XADD", "s", "MINID", "~", "7-1", "*", "f", "v"};
  XaddArgs other;
  ASSERT_EQ(other.Parse(about), "");
  EXPECT_FALSE(other.trim.options().keep.exact);
  EXPECT_EQ(other.trim.options().keep.min_id, (EntryId{7, 1}));
  EXPECT_EQ(other.trim.options().limit, 10'000u);  // as in Redis: 100 nodes of 100 entries
}

}  // namespace
}  // namespace evlog::server
