#include "log/base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace evlog {
namespace {

using std::string_literals::operator""s;

TEST(Utf8Test, IsStrict) {
  for (const std::string& good :
       {"a"s, "\xc3\xa9"s, "\xe2\x82\xac"s, "\xf0\x9f\x98\x80"s, "\xf4\x8f\xbf\xbf"s, "\0"s}) {
    EXPECT_EQ(Utf8Length(good), good.size()) << testing::PrintToString(good);
  }
  for (const std::string& bad :
       {""s, "\x80"s, "\xc0\x80"s, "\xc1\xbf"s, "\xc3"s, "\xe0\x9f\xbf"s, "\xed\xa0\x80"s,
        "\xf0\x8f\xbf\xbf"s, "\xf4\x90\x80\x80"s, "\xf5\x80\x80\x80"s, "\xff"s, "\xe2\x82"s}) {
    EXPECT_EQ(Utf8Length(bad), 0u) << testing::PrintToString(bad);
  }
}

}  // namespace
}  // namespace evlog
