#include "groups/wait_line.h"

#include <gtest/gtest.h>

#include <optional>

namespace evlog {
namespace {

// Somebody in the line who counts its turns.
struct Waiter {
  explicit Waiter(WaitLine* line) { place.emplace(line, [this] { ++turns; }); }

  int turns = 0;
  std::optional<WaitLine::Place> place;
};

TEST(WaitLineTest, TheFirstHasTheTurnAndTheNextAfterIt) {
  WaitLine line;
  Waiter first(&line), second(&line);
  EXPECT_TRUE(first.place->TakeTurn());
  EXPECT_FALSE(second.place->TakeTurn());
  line.Nudge();
  EXPECT_TRUE(first.place->TakeTurn());
  EXPECT_FALSE(second.place->TakeTurn());
  first.place.reset();
  EXPECT_TRUE(second.place->TakeTurn());
  EXPECT_EQ(line.size(), 1u);
}

TEST(WaitLineTest, ATurnIsGivenOnce) {
  WaitLine line;
  Waiter first(&line);
  line.Nudge();
  line.Nudge();
  EXPECT_EQ(first.turns, 1);
  EXPECT_TRUE(first.place->TakeTurn());
  EXPECT_FALSE(first.place->TakeTurn());
  line.Nudge();
  EXPECT_EQ(first.turns, 2);
}

// It looked before there was something, and the one before it has looked in vain since.
TEST(WaitLineTest, WhoJoinsBehindOneThatPassedTheTurnOnHasIt) {
  WaitLine line;
  Waiter first(&line);
  EXPECT_TRUE(first.place->TakeTurn());
  Waiter second(&line);
  EXPECT_FALSE(second.place->TakeTurn());
  line.Nudge();
  EXPECT_TRUE(first.place->TakeTurn());
  first.place->PassOn();
  EXPECT_TRUE(second.place->TakeTurn());
  second.place->PassOn();
  Waiter third(&line);
  EXPECT_TRUE(third.place->TakeTurn());
  Waiter fourth(&line);
  EXPECT_FALSE(fourth.place->TakeTurn()) << "it was passed on once";
  fourth.place.reset();
  line.Nudge();
  Waiter fifth(&line);
  EXPECT_FALSE(fifth.place->TakeTurn()) << "the first has it again";
  EXPECT_TRUE(first.place->TakeTurn());
}

}  // namespace
}  // namespace evlog
