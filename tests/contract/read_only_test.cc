// OpenReadOnly: beside the owner, or without one.
#include <string>
#include <thread>

#include "embedded/local_event_log.h"
#include "tests/contract/contract_test.h"
#include "tests/support/answers.h"

namespace evlog {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ReadOnlyTest : public ContractTest {
 protected:
  // Reads until there are so many entries. Over a flush of the owner a look may come too early, so
  // it looks again, a bounded number of times.
  std::vector<OwnedEntry> Follow(Cursor* cursor, size_t count) {
    std::vector<OwnedEntry> entries;
    for (int misses = 0; entries.size() < count && misses < 100;) {
      ChunkView view;
      const absl::StatusOr<bool> more = cursor->Next(&view, clock_.Now());
      EXPECT_OK(more);
      if (!more.ok()) break;
      if (!*more) {
        ++misses;
        continue;
      }
      for (const EntryView& entry : view) entries.push_back(Own(entry));
    }
    return entries;
  }
};
INSTANTIATE_TEST_SUITE_P(Logs, ReadOnlyTest, ::testing::ValuesIn(LogKinds()), NameOfKind);

TEST_P(ReadOnlyTest, SeesWhatIsThere) {
  Stream stream = Create("s", {.partitions = 3});
  for (int i = 0; i < 100; ++i) {
    Add(stream, std::to_string(i), {.key = std::to_string(i), .durability = Durability::kOs});
  }
  ASSERT_OK(log().Sync());
  const std::unique_ptr<EventLog> reader = OpenReader();
  ASSERT_NE(reader, nullptr);
  EXPECT_EQ(ReadOf(*reader, {.stream = "s"}), Read("s"));
  ASSERT_OK_AND_ASSIGN(const StreamInfo mine, reader->DescribeStream("s"));
  ASSERT_OK_AND_ASSIGN(const StreamInfo theirs, log().DescribeStream("s"));
  EXPECT_EQ(mine.entries, theirs.entries);
  EXPECT_EQ(mine.last_id, theirs.last_id);
  Close();
  EXPECT_THAT(ReadOf(*reader, {.stream = "s"}), SizeIs(100));
}

TEST_P(ReadOnlyTest, WritesNothing) {
  Stream stream = Create("s");
  Add(stream, "a");
  const std::unique_ptr<EventLog> reader = OpenReader();
  ASSERT_OK_AND_ASSIGN(Stream same, reader->OpenStream("s"));
  EXPECT_THAT(same.Append({{"v", "b"}}), StatusIs(absl::StatusCode::kFailedPrecondition));
  Batch batch;
  ASSERT_OK(batch.Add({{"v", "b"}}));
  Answers answers;
  same.AppendAsync(std::move(batch), {}, answers.Collect());
  EXPECT_THAT(answers.Await(1), Each(StatusIs(absl::StatusCode::kFailedPrecondition)));
  EXPECT_THAT(reader->OpenStream("new"), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(reader->CreateStream("new"), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(reader->OpenStream("new", {}, IfMissing::kError),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(reader->Sync(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(reader->Reopen(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_OK(reader->Health());
  EXPECT_OK(reader->Close());
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("a"));
}

TEST_P(ReadOnlyTest, FollowsWhatTheOwnerWrites) {
  for (const uint32_t partitions : {1u, 3u}) {
    const std::string name = "s" + std::to_string(partitions);
    Stream stream = Create(name, {.partitions = partitions});
    const std::unique_ptr<EventLog> reader = OpenReader();
    ASSERT_OK_AND_ASSIGN(Cursor cursor, reader->Read({.stream = name}));
    std::vector<OwnedEntry> seen;
    for (int round = 0; round < 10; ++round) {
      for (int i = 0; i < 5; ++i) Add(stream, "x", {.durability = Durability::kOs});
      for (OwnedEntry& entry : Follow(&cursor, 5)) seen.push_back(std::move(entry));
    }
    ASSERT_OK(log().Sync());
    EXPECT_EQ(seen, Read(name));
  }
}

TEST_P(ReadOnlyTest, FollowsOverFlushesAndCompactions) {
  if (GetParam().memtable_bytes > size_t{1} << 20) GTEST_SKIP() << "nothing is flushed here";
  Stream stream = Create("s", {.partitions = 2, .durability = Durability::kOs});
  const std::unique_ptr<EventLog> reader = OpenReader();
  ASSERT_OK_AND_ASSIGN(Cursor cursor, reader->Read({.stream = "s"}));
  std::vector<OwnedEntry> seen;
  for (int round = 0; round < 15; ++round) {
    for (int i = 0; i < 40; ++i) Add(stream, std::string(2000, static_cast<char>('a' + i % 26)));
    for (OwnedEntry& entry : Follow(&cursor, 40)) seen.push_back(std::move(entry));
    ASSERT_THAT(seen, SizeIs((round + 1) * 40));
  }
  EXPECT_EQ(seen, Read("s"));
}

TEST_P(ReadOnlyTest, WaitsForTheOwner) {
  Stream stream = Create("s");
  const std::unique_ptr<EventLog> reader = OpenReader();
  ASSERT_OK_AND_ASSIGN(Cursor cursor, reader->Read({.stream = "s"}));
  ChunkView view;
  std::thread waiting(
      [&] { EXPECT_THAT(cursor.Next(&view, absl::InfiniteFuture()), IsOkAndHolds(true)); });
  clock_.BlockUntilWaiting(1);
  Add(stream, "a");
  clock_.Advance(absl::Seconds(1));
  waiting.join();
  EXPECT_EQ(Own(*view.begin()).value("v"), "a");

  std::stop_source stop;
  std::thread stopped([&] {
    EXPECT_THAT(cursor.Next(&view, absl::InfiniteFuture(), stop.get_token()),
                StatusIs(absl::StatusCode::kCancelled));
  });
  clock_.BlockUntilWaiting(1);
  stop.request_stop();
  stopped.join();
  EXPECT_THAT(cursor.Next(&view, clock_.Now()), IsOkAndHolds(false));
}

TEST_P(ReadOnlyTest, SurvivesTheOwnersRestart) {
  Stream stream = Create("s");
  Add(stream, "a");
  const std::unique_ptr<EventLog> reader = OpenReader();
  ASSERT_OK_AND_ASSIGN(Cursor cursor, reader->Read({.stream = "s"}));
  EXPECT_THAT(Follow(&cursor, 1), SizeIs(1));
  for (int round = 0; round < 3; ++round) {
    Restart();
    ASSERT_OK_AND_ASSIGN(stream, log().OpenStream("s"));
    Add(stream, "b");
    EXPECT_THAT(ValuesOf(Follow(&cursor, 1)), ElementsAre("b"));
  }
}

TEST_P(ReadOnlyTest, SeesStreamsThatCameLater) {
  Create("old");
  const std::unique_ptr<EventLog> reader = OpenReader();
  Stream stream = Create("new");
  Add(stream, "a");
  EXPECT_THAT(ValuesOf(ReadOf(*reader, {.stream = "new"})), ElementsAre("a"));
  Add(stream, "b");
  EXPECT_THAT(ValuesOf(ReadOf(*reader, {.stream = "new"})), ElementsAre("a", "b"));
  ASSERT_OK_AND_ASSIGN(const StreamInfo info, reader->DescribeStream("new"));
  EXPECT_EQ(info.entries, 2u);
  Add(stream, "c");
  ASSERT_OK_AND_ASSIGN(const std::vector<StreamInfo> all, reader->ListStreams());
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].entries, 3u);
}

TEST_P(ReadOnlyTest, MeasuresWhatIsGarbage) {
  Close();
  OpenOptions options = Options();
  options.memtable_bytes = size_t{256} << 10;
  Open(options);
  Stream stream = Create("s", {.durability = Durability::kOs});
  for (int i = 0; i < 1000; ++i) Add(stream, std::string(2000, 'x'));
  const std::unique_ptr<EventLog> reader = OpenReader();
  ASSERT_OK_AND_ASSIGN(const LogInfo before, reader->Describe());
  EXPECT_GT(before.disk_bytes, 0u);
  EXPECT_EQ(before.garbage_bytes, 0u);
  ASSERT_OK(stream.Trim({.keep = {.max_entries = 600, .exact = true}}));
  ASSERT_OK_AND_ASSIGN(const LogInfo after, reader->Describe());
  EXPECT_EQ(after.log_id, before.log_id);
  EXPECT_GT(after.garbage_bytes, 0u);
  EXPECT_LT(after.garbage_bytes, after.disk_bytes);
}

TEST_P(ReadOnlyTest, SaysHowFarTheLogIsWrittenAndSynced) {
  Stream stream = Create("s", {.durability = Durability::kOs});
  const std::unique_ptr<EventLog> reader = OpenReader();
  for (int i = 0; i < 3; ++i) Add(stream, "x");
  ASSERT_OK_AND_ASSIGN(const LogInfo owner, log().Describe());
  ASSERT_OK_AND_ASSIGN(LogInfo seen, reader->Describe());
  EXPECT_EQ(owner.written_commit, owner.position.commit);
  EXPECT_EQ(seen.written_commit, owner.written_commit);
  EXPECT_LE(seen.synced_commit, seen.written_commit);
  ASSERT_OK(log().Sync());
  EXPECT_EQ(log().Describe()->synced_commit, owner.written_commit);
  Close();  // notes it
  ASSERT_OK_AND_ASSIGN(seen, reader->Describe());
  EXPECT_EQ(seen.written_commit, owner.written_commit);
  EXPECT_EQ(seen.synced_commit, owner.written_commit);
}

TEST_P(ReadOnlyTest, ListsPageByPageAndByPattern) {
  for (const char* name : {"a", "b-1", "b-2", "b-3", "b[", "c"}) Create(name);
  const std::unique_ptr<EventLog> reader = OpenReader();
  const auto names = [&reader](const ListOptions& options) {
    std::vector<std::string> listed;
    const auto streams = reader->ListStreams(options);
    if (!streams.ok()) return listed;
    for (const StreamInfo& stream : *streams) listed.push_back(stream.name);
    return listed;
  };
  EXPECT_THAT(names({.pattern = "b-*"}), ElementsAre("b-1", "b-2", "b-3"));
  EXPECT_THAT(names({.pattern = "b-*", .after = "b-1", .limit = 1}), ElementsAre("b-2"));
  EXPECT_THAT(names({.pattern = "b-*", .after = "b-3"}), ElementsAre());
  EXPECT_THAT(names({.pattern = "b-2"}), ElementsAre("b-2"));
  EXPECT_THAT(names({.pattern = "b\\["}), ElementsAre("b["));
  EXPECT_THAT(names({.pattern = "?", .after = "a"}), ElementsAre("c"));
  EXPECT_THAT(names({.pattern = "d*"}), ElementsAre());
}

TEST_P(ReadOnlyTest, NeedsALog) {
  ReadOnlyOptions options;
  EXPECT_THAT(OpenReadOnlyOn(environment(), directory() + "-missing", options),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("missing")));
}

}  // namespace
}  // namespace evlog
