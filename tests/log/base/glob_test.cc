#include "log/base/glob.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/rng.h"

namespace evlog {
namespace {

TEST(GlobTest, MatchesAsRedisDoes) {
  const struct {
    const char* pattern;
    std::vector<std::string> yes;
    std::vector<std::string> no;
  } cases[] = {
      {"", {""}, {"a"}},
      {"a", {"a"}, {"", "b", "aa", "A"}},
      {"abc", {"abc"}, {"ab", "abcd", "xabc"}},
      {"*", {"", "a", "a/b", std::string("\0\xff", 2)}, {}},
      {"**", {"", "ab"}, {}},
      {"a*", {"a", "abc"}, {"", "ba"}},
      {"*a", {"a", "ba", "aa"}, {"", "ab"}},
      {"a*b", {"ab", "axb", "abb", "axbxb"}, {"a", "b", "aba", "ab "}},
      {"a*b*c", {"abc", "a-b-c", "abbcc", "abcbc"}, {"acb", "ab", "ac"}},
      {"*ab*", {"ab", "xab", "aab", "abab"}, {"a", "ba", "acb"}},
      {"?", {"a", "?", std::string("\0", 1)}, {"", "ab"}},
      {"a?c", {"abc", "a?c"}, {"ac", "abbc"}},
      {"?*", {"a", "ab"}, {""}},
      {"*?", {"a", "ab"}, {""}},
      {"*??", {"ab", "abc"}, {"", "a"}},
      {"orders.*", {"orders.", "orders.eu"}, {"orders", "orders-eu", "xorders.eu"}},
      {"[abc]", {"a", "b", "c"}, {"", "d", "ab", "]"}},
      {"[a-c]x", {"ax", "cx"}, {"dx", "a", "-x"}},
      {"[c-a]", {"a", "b", "c"}, {"d", "-"}},
      {"[a-c0-2]", {"b", "1"}, {"3", "-"}},
      {"[^a-c]", {"d", "-", "^"}, {"a", "b", "c", ""}},
      {"[a^]", {"a", "^"}, {"b"}},
      {"[a-]", {"a", "_", "]"}, {"-", "b"}},  // a range to `]`, in a set without its end
      {"[-a]", {"-", "a"}, {"b"}},
      {"[]", {}, {"", "]", "[", "a"}},
      {"[^]", {"a", "^", "]"}, {"", "ab"}},
      {"[]a]", {}, {"a", "]", "]a]"}},
      {"[\\]]", {"]"}, {"\\", "[", "\\]"}},
      {"[\\\\]", {"\\"}, {"]"}},
      {"[\\a-c]", {"a", "-", "c"}, {"b", "\\"}},
      {"[a", {"a"}, {"b", "[a", ""}},
      {"[ab", {"a", "b"}, {"ab"}},
      {"[a-", {"a", "-"}, {"b"}},
      {"[^a", {"b"}, {"a"}},
      {"[", {}, {"[", "a", ""}},
      {"[^", {"a"}, {""}},
      {"[a\\", {"a", "\\"}, {"b"}},
      {"*[0-9]", {"1", "a1", "11"}, {"", "a", "1a"}},
      {"[ab]*[cd]", {"ac", "bxd", "acc"}, {"a", "c", "ca"}},
      {"\\*", {"*"}, {"a", "\\*", ""}},
      {"\\?", {"?"}, {"a"}},
      {"\\[a]", {"[a]"}, {"a"}},
      {"\\a", {"a"}, {"\\a"}},
      {"\\\\", {"\\"}, {"\\\\"}},
      {"a\\", {"a\\"}, {"a", "a\\\\"}},
      {"*\\*", {"*", "a*", "**"}, {"a", ""}},
      {"]", {"]"}, {"a"}},
      {"a-b^", {"a-b^"}, {"a"}},
      {"[\x80-\xff]", {"\x80", "\xc3", "\xff"}, {"\x7f", "a"}},
      {"[a-\xff]", {"z", "\x80"}, {"A", "`"}},
  };
  for (const auto& c : cases) {
    for (const std::string& text : c.yes) {
      EXPECT_TRUE(GlobMatch(c.pattern, text)) << "'" << c.pattern << "' ~ '" << text << "'";
    }
    for (const std::string& text : c.no) {
      EXPECT_FALSE(GlobMatch(c.pattern, text)) << "'" << c.pattern << "' ~ '" << text << "'";
    }
  }
}

// What the patterns mean, said in the shortest way; exponential, so for short patterns only.
bool SlowMatch(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    return SlowMatch(pattern.substr(1), text) ||
           (!text.empty() && SlowMatch(pattern, text.substr(1)));
  }
  if (text.empty()) return false;
  if (pattern.substr(0, 4) == "[^a]") {
    return text[0] != 'a' && SlowMatch(pattern.substr(4), text.substr(1));
  }
  return (pattern[0] == '?' || pattern[0] == text[0]) &&
         SlowMatch(pattern.substr(1), text.substr(1));
}

TEST(GlobTest, AgreesWithItsDefinition) {
  const char* const elements[] = {"a", "b", "*", "?", "[^a]", "*"};
  Rng rng(TestSeed(11));
  int matched = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string pattern;
    for (uint64_t n = rng.Below(7); n > 0; --n) pattern += elements[rng.Below(6)];
    std::string text;
    for (uint64_t n = rng.Below(9); n > 0; --n) text += rng.Percent(70) ? 'a' : 'b';
    const bool expected = SlowMatch(pattern, text);
    matched += expected;
    ASSERT_EQ(GlobMatch(pattern, text), expected) << "'" << pattern << "' ~ '" << text << "'";
  }
  EXPECT_GT(matched, 5'000);
  EXPECT_LT(matched, 45'000);
}

TEST(GlobTest, PrefixOfWhateverMatches) {
  EXPECT_EQ(GlobPrefix(""), "");
  EXPECT_EQ(GlobPrefix("orders"), "orders");
  EXPECT_EQ(GlobPrefix("order-*"), "order-");
  EXPECT_EQ(GlobPrefix("a?b"), "a");
  EXPECT_EQ(GlobPrefix("a[bc]"), "a");
  EXPECT_EQ(GlobPrefix("ab\\*"), "ab");
  EXPECT_EQ(GlobPrefix("*"), "");
}

// A matcher that tries every way to split the text would not be done in this universe's time.
TEST(GlobTest, ManyStarsDoNotBlowUp) {
  std::string pattern;
  for (int i = 0; i < 1000; ++i) pattern += "a*";
  const std::string text(4096, 'a');
  EXPECT_TRUE(GlobMatch(pattern, text));
  EXPECT_FALSE(GlobMatch(pattern + "b", text));
  EXPECT_FALSE(GlobMatch("a*a*a*a*b", std::string(100'000, 'a')));
}

}  // namespace
}  // namespace evlog
