#include "embedded/hub/crew.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

namespace evlog::internal {
namespace {

TEST(CrewTest, JoinAllWaitsForThreadsThatAreStartedMeanwhile) {
  const auto crew = std::make_shared<Crew>();
  std::atomic<int> done{0};
  for (int i = 0; i < 8; ++i) {
    crew->Spawn([&done, crew] {
      crew->Spawn([&done] { ++done; });
      ++done;
    });
  }
  crew->JoinAll();
  EXPECT_EQ(done, 16);
  crew->JoinAll();  // nobody is left
}

TEST(CrewTest, AThreadOfItsOwnLeavesLast) {
  auto crew = std::make_shared<Crew>();
  std::atomic<int> done{0};
  crew->Spawn([&done] { ++done; });
  std::atomic<bool> joined{false};
  crew->Spawn([&, crew] {
    crew->JoinAll();
    EXPECT_EQ(done, 1);
    joined = true;
    joined.notify_one();
  });
  joined.wait(false);
  crew->Reap();
}

}  // namespace
}  // namespace evlog::internal
