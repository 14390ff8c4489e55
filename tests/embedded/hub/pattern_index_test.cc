#include "embedded/hub/pattern_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/rng.h"

namespace evlog::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<int> Match(const PatternIndex<int>& index, std::string_view name) {
  std::vector<int> found;
  index.Match(name, [&found](int value) { found.push_back(value); });
  return found;
}

TEST(PatternIndexTest, FindsPatternsOfAllKinds) {
  PatternIndex<int> index;
  index.Add("*", 1);
  index.Add("news.*", 2);
  index.Add("news.sport", 3);
  index.Add("*.sport", 4);
  index.Add("n?ws.[a-s]*", 5);
  index.Add(R"(news\.s*)", 6);
  index.Add("news.*", 7);
  EXPECT_THAT(Match(index, "news.sport"), UnorderedElementsAre(1, 2, 3, 4, 5, 6, 7));
  EXPECT_THAT(Match(index, "news.weather"), UnorderedElementsAre(1, 2, 7));
  EXPECT_THAT(Match(index, ""), ElementsAre(1));
  EXPECT_EQ(index.size(), 6u);
  EXPECT_EQ(index.Count("news.*"), 2u);
  EXPECT_EQ(index.Count("news.?"), 0u);
}

TEST(PatternIndexTest, ForgetsWhatIsRemoved) {
  PatternIndex<int> index;
  index.Add("a*", 1);
  index.Add("a*", 2);
  EXPECT_EQ(index.Remove("a*", [](int value) { return value == 1; }), 1u);
  EXPECT_EQ(index.Remove("a*", [](int value) { return value == 1; }), 0u);
  EXPECT_EQ(index.Remove("b*", [](int) { return true; }), 0u);
  EXPECT_THAT(Match(index, "abc"), ElementsAre(2));
  EXPECT_EQ(index.Remove("a*", [](int) { return true; }), 1u);
  EXPECT_THAT(Match(index, "abc"), IsEmpty());
  EXPECT_EQ(index.size(), 0u);
}

TEST(PatternIndexTest, MatchesWhatTryingThemAllMatches) {
  Rng rng(TestSeed(20261121));
  const auto word = [&rng](std::string_view letters, size_t length_max) {
    std::string text;
    for (size_t left = rng.Below(length_max + 1); left != 0; --left) {
      text += letters[rng.Below(letters.size())];
    }
    return text;
  };
  PatternIndex<int> index;
  std::vector<std::string> patterns;  // by value; empty: removed
  for (int round = 0; round < 2000; ++round) {
    if (rng.Percent(40)) {
      patterns.push_back("p" + word("ab*?[]^\\", 6));
      index.Add(patterns.back().substr(1), static_cast<int>(patterns.size() - 1));
    } else if (rng.Percent(40) && !patterns.empty()) {
      const size_t at = rng.Below(patterns.size());
      if (patterns[at].empty()) continue;
      EXPECT_EQ(index.Remove(patterns[at].substr(1),
                             [at](int value) { return value == static_cast<int>(at); }),
                1u);
      patterns[at].clear();
    } else {
      const std::string name = word("ab", 6);
      std::vector<int> expected;
      for (size_t i = 0; i < patterns.size(); ++i) {
        if (!patterns[i].empty() && GlobMatch(patterns[i].substr(1), name)) {
          expected.push_back(static_cast<int>(i));
        }
      }
      EXPECT_THAT(Match(index, name), ::testing::UnorderedElementsAreArray(expected)) << name;
    }
  }
}

}  // namespace
}  // namespace evlog::internal
