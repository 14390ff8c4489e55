// Cursors that wait, and what they hand out once everything else is gone.
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "tests/contract/contract_test.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class FollowTest : public ContractTest {
 protected:
  // Streams of one and of several partitions.
  std::vector<Stream> BothStreams(Durability durability = Durability::kSync) {
    return {Create("one", {.partitions = 1, .durability = durability}),
            Create("many", {.partitions = 3, .durability = durability})};
  }
};
INSTANTIATE_TEST_SUITE_P(Logs, FollowTest, ::testing::ValuesIn(LogKinds()), NameOfKind);

TEST_P(FollowTest, DoesNotWaitByDefault) {
  for (Stream& stream : BothStreams()) {
    Cursor cursor = StartReading({.stream = stream.name()});
    ChunkView view;
    EXPECT_THAT(cursor.Next(&view), IsOkAndHolds(false));
    Add(stream, "a");
    EXPECT_THAT(cursor.Next(&view), IsOkAndHolds(true));
    EXPECT_EQ(view.size(), 1u);
    EXPECT_THAT(cursor.Next(&view), IsOkAndHolds(false));
    EXPECT_THAT(cursor.Next(&view, clock_.Now()), IsOkAndHolds(false));
  }
}

TEST_P(FollowTest, WakesOnAnAppend) {
  for (const Durability durability : {Durability::kOs, Durability::kSync}) {
    for (const uint32_t partitions : {1u, 3u}) {
      const std::string name =
          std::to_string(partitions) + (durability == Durability::kOs ? "os" : "sync");
      Stream stream = Create(name, {.partitions = partitions, .durability = durability});
      Cursor cursor = StartReading({.stream = name, .from = Bound::End()});
      std::vector<std::string> values;
      std::thread reader([&] {
        while (values.size() < 10) {
          ChunkView view;
          const absl::StatusOr<bool> more = cursor.Next(&view, absl::InfiniteFuture());
          ASSERT_THAT(more, IsOkAndHolds(true));
          for (const EntryView& entry : view) values.push_back(Own(entry).fields[0].second);
        }
      });
      for (int i = 0; i < 10; ++i) {
        if (i % 2 == 0 && i < 5) clock_.BlockUntilWaiting(1);
        Add(stream, std::to_string(i));
      }
      reader.join();
      EXPECT_THAT(values, ElementsAre("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"));
    }
  }
}

TEST_P(FollowTest, EndsAtItsDeadlineAndGoesOnAfterIt) {
  for (Stream& stream : BothStreams()) {
    Cursor cursor = StartReading({.stream = stream.name()});
    ChunkView view;
    std::thread reader([&] {
      EXPECT_THAT(cursor.Next(&view, clock_.Now() + absl::Seconds(5)), IsOkAndHolds(false));
    });
    clock_.BlockUntilWaiting(1);
    clock_.Advance(absl::Seconds(4));
    clock_.BlockUntilWaiting(1);
    clock_.Advance(absl::Seconds(1));
    reader.join();
    Add(stream, "a");
    EXPECT_THAT(cursor.Next(&view, clock_.Now() + absl::Seconds(5)), IsOkAndHolds(true));
    EXPECT_EQ(view.size(), 1u);
  }
}

TEST_P(FollowTest, IsCancelledByAStop) {
  for (Stream& stream : BothStreams()) {
    Cursor cursor = StartReading({.stream = stream.name()});
    ChunkView view;
    std::stop_source stop;
    std::thread reader([&] {
      EXPECT_THAT(cursor.Next(&view, absl::InfiniteFuture(), stop.get_token()),
                  StatusIs(absl::StatusCode::kCancelled));
    });
    clock_.BlockUntilWaiting(1);
    stop.request_stop();
    reader.join();
    EXPECT_THAT(cursor.Next(&view, absl::InfiniteFuture(), stop.get_token()),
                StatusIs(absl::StatusCode::kCancelled));
    // What is there comes first; and another token reads on.
    Add(stream, "a");
    EXPECT_THAT(cursor.Next(&view, absl::InfiniteFuture(), stop.get_token()), IsOkAndHolds(true));
    Add(stream, "b");
    EXPECT_THAT(cursor.Next(&view, absl::InfiniteFuture()), IsOkAndHolds(true));
  }
}

TEST_P(FollowTest, DoesNotWaitBackwardsNorWithAnEnd) {
  for (Stream& stream : BothStreams()) {
    Add(stream, "a");
    Cursor backward = StartReading({.stream = stream.name(), .direction = Direction::kBackward});
    Cursor bounded = StartReading({.stream = stream.name(), .until = Bound::Id(EntryId::Max())});
    Cursor limited = StartReading({.stream = stream.name(), .limit = 1});
    for (Cursor* cursor : {&backward, &bounded, &limited}) {
      ChunkView view;
      EXPECT_THAT(cursor->Next(&view, absl::InfiniteFuture()), IsOkAndHolds(true));
      EXPECT_THAT(cursor->Next(&view, absl::InfiniteFuture()), IsOkAndHolds(false));
    }
  }
}

TEST_P(FollowTest, OfOnePartitionWaitsForThatOne) {
  Stream stream = Create("s", {.partitions = 2});
  const auto id = [](uint64_t n, uint64_t partition) {
    return EntryId{n, n << kPartitionBits | partition};
  };
  Cursor cursor = StartReading({.stream = "s", .partition = uint16_t{1}});
  ChunkView view;
  std::thread reader(
      [&] { EXPECT_THAT(cursor.Next(&view, absl::InfiniteFuture()), IsOkAndHolds(true)); });
  clock_.BlockUntilWaiting(1);
  Add(stream, "other", {.id = id(1, 0)});
  Add(stream, "mine", {.id = id(2, 1)});
  reader.join();
  ASSERT_EQ(view.size(), 1u);
  EXPECT_EQ(Own(*view.begin()).value("v"), "mine");
}

TEST_P(FollowTest, ShowsASyncStreamOnlyWhatIsOnTheDisk) {
  Stream stream = Create("s");
  Cursor cursor = StartReading({.stream = "s"});
  Add(stream, "a", {.durability = Durability::kAsync});
  ASSERT_OK(log().Sync());
  EXPECT_THAT(Drain(&cursor), IsOkAndHolds(SizeIs(1)));
  // Nobody waits for this one, but readers see it all the same before long.
  Add(stream, "b", {.durability = Durability::kAsync});
  ChunkView view;
  EXPECT_THAT(cursor.Next(&view, absl::InfiniteFuture()), IsOkAndHolds(true));
  EXPECT_EQ(Own(*view.begin()).value("v"), "b");
}

TEST_P(FollowTest, ViewsOutliveCursorAndLog) {
  for (const bool restarted : {false, true}) {
    const std::string name = restarted ? "cold" : "warm";
    Stream stream = Create(name);
    Add(stream, "small", {.key = "k"});
    Add(stream, std::string(5000, 'x'));
    if (restarted) Restart();
    std::vector<ChunkView> views;
    {
      Cursor cursor = StartReading({.stream = name});
      ChunkView view;
      while (cursor.Next(&view).value()) views.push_back(view);
    }
    Close();
    std::vector<OwnedEntry> entries;
    for (const ChunkView& view : views) {
      const ChunkView copy = view;
      for (const EntryView& entry : copy) entries.push_back(Own(entry));
    }
    EXPECT_THAT(ValuesOf(entries), ElementsAre("small", std::string(5000, 'x')));
    EXPECT_EQ(entries[0].key, "k");
    Open();
  }
}

TEST_P(FollowTest, AMovedCursorGoesOn) {
  Stream stream = Create("s");
  Add(stream, "a");
  Cursor first = StartReading({.stream = "s"});
  ChunkView view;
  EXPECT_THAT(first.Next(&view), IsOkAndHolds(true));
  Cursor second(std::move(first));
  Add(stream, "b");
  EXPECT_THAT(second.Next(&view), IsOkAndHolds(true));
  EXPECT_EQ(Own(*view.begin()).value("v"), "b");
  second = StartReading({.stream = "s"});
  EXPECT_THAT(Drain(&second), IsOkAndHolds(SizeIs(2)));
}

}  // namespace
}  // namespace evlog
