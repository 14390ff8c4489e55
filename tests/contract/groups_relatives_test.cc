// Bugs that relatives of this log had, which it must not get: the number is in the name. Others of
// them: tests/groups/loaded_group_test.cc, tests/groups/group_table_test.cc.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/contract/groups_fixture.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The end of a range of pending entries belongs to it.
TEST_P(GroupsTest, ARangeOfPendingEntriesIncludesItsEnd_Kvrocks3276) {
  AddThree();
  Group group = MakeGroup();
  ASSERT_OK_AND_ASSIGN(const Deliveries got, group.Read("x"));
  const std::vector<EntryId> ids = IdsOf(got);
  const auto listed = [&](EntryId from, EntryId until) {
    std::vector<EntryId> found;
    const auto pending = group.ListPending({.from = from, .until = until});
    for (const PendingEntry& entry : *pending) found.push_back(entry.id);
    return found;
  };
  EXPECT_THAT(listed(ids[0], ids[1]), ElementsAre(ids[0], ids[1]));
  EXPECT_THAT(listed(ids[1], ids[1]), ElementsAre(ids[1]));
  EXPECT_THAT(listed(ids[1], ids[0]), IsEmpty());
  // The same of history, whose beginning does not.
  EXPECT_EQ(group.ReadPending("x", ids[1])->size(), 1u);
}

// Waking all who wait for one entry costs all of them a look for nothing.
TEST_P(GroupsTest, OneEntryWakesOneOfThoseWhoWait_Kvrocks2120) {
  Stream stream = Create("s");
  Group group = MakeGroup();
  constexpr int kWaiting = 8;
  std::array<std::atomic<int>, kWaiting> turns{};
  std::vector<GroupPlace> places;
  for (int i = 0; i < kWaiting; ++i) {
    ASSERT_OK_AND_ASSIGN(GroupPlace place, group.StandInLine("x" + std::to_string(i),
                                                             [&turns, i] { ++turns.at(i); }));
    places.push_back(std::move(place));
  }
  // Who comes looks once; who finds nothing waits from then on.
  for (GroupPlace& place : places) {
    if (!place.TakeTurn()) continue;
    EXPECT_THAT(ReadAll(group, "x0"), IsEmpty());
  }
  for (std::atomic<int>& turn : turns) turn = 0;
  Add(stream, "a");
  ASSERT_TRUE(places[0].TakeTurn());
  EXPECT_THAT(ReadAll(group, "x0", 1), ElementsAre("a"));
  int told = 0;
  for (const std::atomic<int>& turn : turns) told += turn;
  EXPECT_EQ(told, 1);
}

// What a consumer has is told also when the entry is gone, as gone.
TEST_P(GroupsTest, HistoryShowsWhatWasTrimmed_Valkey5570) {
  AddThree();
  Group group = MakeGroup();
  ASSERT_OK_AND_ASSIGN(const Deliveries got, group.Read("x"));
  const std::vector<EntryId> ids = IdsOf(got);
  ASSERT_OK_AND_ASSIGN(Stream stream, log().OpenStream("s"));
  ASSERT_OK(stream.Trim({.keep = {.max_entries = 1, .exact = true}}));
  ASSERT_OK_AND_ASSIGN(const Deliveries again, group.ReadPending("x"));
  EXPECT_THAT(ValuesOf(again), ElementsAre("c"));
  EXPECT_THAT(again.gone, ElementsAre(ids[0], ids[1]));
}

// Entries that come and are gone before a reader that waits has looked are no answer.
TEST_P(GroupsTest, AWaitOnAStreamThatRanDryGoesOn_Valkey5299) {
  Stream stream = Create("s");
  Add(stream, "gone");
  Group group = MakeGroup();
  ASSERT_OK(stream.Trim({.keep = {.max_entries = 0, .exact = true}}));
  std::thread waiter([&] {
    const absl::StatusOr<Deliveries> got =
        group.Read("x", {.deadline = clock_.Now() + absl::Minutes(1)});
    EXPECT_OK(got);
    EXPECT_THAT(ValuesOf(*got), ElementsAre("b"));
  });
  clock_.BlockUntilWaiting(1);
  Add(stream, "b");
  waiter.join();
}

}  // namespace
}  // namespace evlog
