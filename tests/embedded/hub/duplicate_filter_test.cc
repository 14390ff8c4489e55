#include "embedded/hub/duplicate_filter.h"

#include <gtest/gtest.h>

#include <string>

namespace evlog::internal {
namespace {

TEST(DuplicateFilterTest, RemembersTheLastDifferentKeys) {
  DuplicateFilter filter(2);
  EXPECT_FALSE(filter.Seen("a"));
  EXPECT_TRUE(filter.Seen("a"));
  EXPECT_FALSE(filter.Seen("b"));
  EXPECT_TRUE(filter.Seen("a")) << "seeing it again does not make others older";
  EXPECT_FALSE(filter.Seen("c"));  // a is the oldest
  EXPECT_TRUE(filter.Seen("b"));
  EXPECT_FALSE(filter.Seen("a"));
  EXPECT_FALSE(filter.Seen(""));
}

TEST(DuplicateFilterTest, GoesRoundForALongTime) {
  DuplicateFilter filter(100);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(filter.Seen(std::to_string(i)));
    for (const int back : {99, 50}) {
      if (i >= back) {
        EXPECT_TRUE(filter.Seen(std::to_string(i - back)));
      }
    }
  }
}

}  // namespace
}  // namespace evlog::internal
