#include "cli/stream_names.h"

#include <gtest/gtest.h>

namespace evlog::cli {
namespace {

TEST(StreamNamesTest, OneOrMany) {
  struct Row {
    const char* text;
    bool many;
    const char* names;
  };
  static constexpr Row kRows[] = {
      {"orders", false, "orders"},
      {"*", true, "*"},
      {"order-?", true, "order-?"},
      {"[ab]", true, "[ab]"},
      {"a[b", true, "a[b"},
      {"a]b^", false, "a]b^"},
      // Without a special byte, a backslash is one.
      {"a\\b", false, "a\\b"},
      {"a\\", false, "a\\"},
      {"a\\*b", false, "a*b"},
      {"\\[a\\]\\\\\\?", false, "[a]\\?"},
      {"\\**", true, "\\**"},
      {"\\\\*", true, "\\\\*"},
      {"\\*\\", false, "*\\"},
  };
  for (const Row& row : kRows) {
    const StreamNames names = ParseStreamNames(row.text);
    EXPECT_EQ(names.many, row.many) << row.text;
    EXPECT_EQ(names.text, row.names) << row.text;
  }
  EXPECT_EQ(ParseStreamNames("a*").Described(), "the pattern \"a*\"");
  EXPECT_EQ(ParseStreamNames("a").Described(), "stream \"a\"");
}

}  // namespace
}  // namespace evlog::cli
