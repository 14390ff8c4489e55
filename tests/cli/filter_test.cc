#include "cli/filter.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/cli/entry_builder.h"
#include "tests/support/status_matchers.h"

namespace evlog::cli {
namespace {

using std::string_literals::operator""s;
using ::testing::HasSubstr;

TEST(FilterTest, ConditionsAreJudgedTogether) {
  const std::string binary = "a\0needle\xff"s;
  const EntryBuilder entry(
      {{"type", "created"}, {"type", "again"}, {"path", "/var/log/dpkg.log"}, {"raw", binary}});
  struct Row {
    std::vector<std::string> where;
    std::vector<std::string> grep;
    bool matches;
  };
  const Row rows[] = {
      {{}, {}, true},
      {{"type=created"}, {}, true},
      {{"type=again"}, {}, true},  // a name may repeat: any of them counts
      {{"type=create"}, {}, false},
      {{"Type=created"}, {}, false},
      {{"none="}, {}, false},
      {{"type=created", "path=/var/log/dpkg.log"}, {}, true},
      {{"type=created", "path=/tmp"}, {}, false},
      {{}, {"dpkg"}, true},
      {{}, {"^/var.*\\.log$"}, true},
      {{}, {"^/opt|again"}, true},
      {{}, {"type"}, false},  // names are not searched
      {{}, {"needle"}, true},
      {{}, {"needl[e]"}, true},  // behind a zero byte, too
      {{}, {"created", "dpkg"}, true},
      {{}, {"created", "apt"}, false},
      {{}, {""}, true},
      {{"type=created"}, {"apt"}, false},
  };
  for (const Row& row : rows) {
    ASSERT_OK_AND_ASSIGN(const Filter filter, Filter::Make(row.where, row.grep));
    EXPECT_EQ(filter.Matches(entry.view()), row.matches)
        << testing::PrintToString(row.where) << testing::PrintToString(row.grep);
    EXPECT_EQ(filter.empty(), row.where.empty() && row.grep.empty());
  }
}

TEST(FilterTest, AnEmptyValueIsMatchedAsOne) {
  const EntryBuilder entry({{"line", ""}});
  ASSERT_OK_AND_ASSIGN(const Filter where, Filter::Make({"line="}, {}));
  EXPECT_TRUE(where.Matches(entry.view()));
  ASSERT_OK_AND_ASSIGN(const Filter grep, Filter::Make({}, {"^$"}));
  EXPECT_TRUE(grep.Matches(entry.view()));
}

TEST(FilterTest, ErrorsQuoteTheCondition) {
  EXPECT_THAT(
      Filter::Make({"type"}, {}).status(),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"type\" is not FIELD=VALUE")));
  EXPECT_THAT(Filter::Make({"=x"}, {}).status(), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Filter::Make({}, {"a[b"}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"a[b\": ")));
}

}  // namespace
}  // namespace evlog::cli
