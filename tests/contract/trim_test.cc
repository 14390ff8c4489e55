// Removing entries: trims, deletions, drops, renames.
#include <string>

#include "tests/contract/contract_test.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

EVLOG_CONTRACT_SUITE(TrimTest);

// v0, v1, ... one by one, a second apart.
void Fill(Stream& stream, ManualClock& clock, int from, int to) {
  for (int i = from; i < to; ++i) {
    clock.Advance(absl::Seconds(1));
    Add(stream, "v" + std::to_string(i));
  }
}

TEST_P(TrimTest, KeepsTheNewestExactly) {
  Stream stream = Create("s");
  Fill(stream, clock_, 0, 10);
  ASSERT_OK_AND_ASSIGN(const TrimResult result,
                       stream.Trim({.keep = {.max_entries = 3, .exact = true}}));
  EXPECT_EQ(result.entries, 7u);
  for (int round = 0; round < 2; ++round) {
    const std::vector<OwnedEntry> entries = Read("s");
    EXPECT_THAT(ValuesOf(entries), ElementsAre("v7", "v8", "v9"));
    EXPECT_EQ(entries[0].offset, 7u);
    ASSERT_OK_AND_ASSIGN(const StreamInfo info, log().DescribeStream("s"));
    EXPECT_EQ(info.entries, 3u);
    EXPECT_EQ(info.partitions[0].first_offset, 7u);
    EXPECT_EQ(info.partitions[0].next_offset, 10u);
    Restart();
  }
  ASSERT_OK_AND_ASSIGN(stream, log().OpenStream("s"));
  ASSERT_OK_AND_ASSIGN(const TrimResult again,
                       stream.Trim({.keep = {.max_entries = 3, .exact = true}}));
  EXPECT_EQ(again.entries, 0u);
  EXPECT_EQ(again.position, Position());
}

TEST_P(TrimTest, ApproximatelyByHundreds) {
  Stream stream = Create("s", {.durability = Durability::kOs});
  Batch batch;
  for (int i = 0; i < 1050; ++i) ASSERT_OK(batch.Add({{"v", std::to_string(i)}}));
  ASSERT_OK(stream.Append(std::move(batch)));
  const TrimOptions keep = {.keep = {.max_entries = 500}};
  ASSERT_OK_AND_ASSIGN(const TrimResult result, stream.Trim(keep));
  EXPECT_EQ(result.entries, 500u);  // 550 would be exact
  ASSERT_OK_AND_ASSIGN(const TrimResult again, stream.Trim(keep));
  EXPECT_EQ(again.entries, 0u);
  EXPECT_EQ(Read("s").front().offset, 500u);
}

// The last hundred is not full, and goes all the same: none of it is to be kept.
TEST_P(TrimTest, ApproximatelyTakesAllThatMayGo) {
  for (const uint16_t partitions : {1, 3}) {
    const std::string name = "s" + std::to_string(partitions);
    Stream stream = Create(name, {.partitions = partitions});
    Fill(stream, clock_, 0, 10);
    const std::vector<OwnedEntry> all = Read(name);
    EXPECT_EQ(stream.Trim({.keep = {.min_id = all[5].id}})->entries, 0u);
    const TrimOptions keep = {.keep = {.min_id = all.back().id.Successor()}, .dry_run = true};
    EXPECT_EQ(stream.Trim(keep)->entries, 10u);
    EXPECT_EQ(stream.Trim({.keep = keep.keep})->entries, 10u);
    Fill(stream, clock_, 0, 10);
    if (partitions == 1) {
      EXPECT_EQ(stream.Trim({.keep = {.max_entries = 1}})->entries, 0u);
    }
    EXPECT_EQ(stream.Trim({.keep = {.max_entries = 0}, .dry_run = true})->entries, 10u);
    EXPECT_EQ(stream.Trim({.keep = {.max_entries = 0}})->entries, 10u);
  }
}

TEST_P(TrimTest, ByIdAgeAndBytes) {
  Stream stream = Create("s");
  Fill(stream, clock_, 0, 10);
  const std::vector<OwnedEntry> all = Read("s");
  ASSERT_OK(stream.Trim({.keep = {.min_id = all[2].id, .exact = true}}));
  EXPECT_EQ(Read("s").front().id, all[2].id);
  ASSERT_OK(stream.Trim({.keep = {.max_age = absl::Milliseconds(4500), .exact = true}}));
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("v5", "v6", "v7", "v8", "v9"));
  ASSERT_OK_AND_ASSIGN(const StreamInfo info, log().DescribeStream("s"));
  ASSERT_OK_AND_ASSIGN(const TrimResult result,
                       stream.Trim({.keep = {.max_bytes = info.bytes / 5 * 2 + 1, .exact = true}}));
  EXPECT_EQ(result.entries, 3u);
  EXPECT_EQ(result.bytes, info.bytes / 5 * 3);
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("v8", "v9"));
  ASSERT_OK(stream.Trim({.keep = {.min_id = EntryId::Max(), .exact = true}}));
  EXPECT_THAT(Read("s"), IsEmpty());
}

TEST_P(TrimTest, BytesWithinAChunk) {
  Stream stream = Create("s");
  Batch batch;
  for (int i = 0; i < 300; ++i) ASSERT_OK(batch.Add({{"v", std::string(20, 'x')}}));
  ASSERT_OK(stream.Append(std::move(batch)));
  ASSERT_OK(stream.Trim({.keep = {.max_bytes = 2200}}));  // may keep the chunk
  EXPECT_THAT(Read("s"), SizeIs(300));
  ASSERT_OK(stream.Trim({.keep = {.max_bytes = 2200, .exact = true}}));
  EXPECT_THAT(Read("s"), SizeIs(100));  // 22 bytes each
}

TEST_P(TrimTest, NothingLeftAndThenMore) {
  Stream stream = Create("s");
  Fill(stream, clock_, 0, 5);
  const EntryId last = Read("s").back().id;
  ASSERT_OK(stream.Trim({.keep = {.max_entries = 0, .exact = true}}));
  EXPECT_THAT(Read("s"), IsEmpty());
  Restart();
  EXPECT_THAT(Read("s"), IsEmpty());
  ASSERT_OK_AND_ASSIGN(const StreamInfo info, log().DescribeStream("s"));
  EXPECT_EQ(info.last_id, last);
  EXPECT_EQ(info.bytes, 0u);
  ASSERT_OK_AND_ASSIGN(stream, log().OpenStream("s"));
  EXPECT_EQ(Add(stream, "more").offset, 5u);
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("more"));
}

TEST_P(TrimTest, OverPartitionsTheOldestById) {
  Stream stream = Create("s", {.partitions = 3});
  Fill(stream, clock_, 0, 20);
  ASSERT_OK_AND_ASSIGN(const TrimResult result,
                       stream.Trim({.keep = {.max_entries = 7, .exact = true}}));
  EXPECT_EQ(result.entries, 13u);
  const std::vector<std::string> left = {"v13", "v14", "v15", "v16", "v17", "v18", "v19"};
  EXPECT_EQ(ValuesOf(Read("s")), left);
  Restart();
  EXPECT_EQ(ValuesOf(Read("s")), left);
}

TEST_P(TrimTest, DryRunAndLimit) {
  Stream stream = Create("s");
  Fill(stream, clock_, 0, 10);
  ASSERT_OK_AND_ASSIGN(const TrimResult dry,
                       stream.Trim({.keep = {.max_entries = 4, .exact = true}, .dry_run = true}));
  EXPECT_EQ(dry.entries, 6u);
  EXPECT_GT(dry.bytes, 0u);
  EXPECT_THAT(Read("s"), SizeIs(10));
  ASSERT_OK_AND_ASSIGN(const TrimResult some,
                       stream.Trim({.keep = {.max_entries = 4, .exact = true}, .limit = 2}));
  EXPECT_EQ(some.entries, 2u);
  EXPECT_EQ(Read("s").front().offset, 2u);
  EXPECT_THAT(stream.Trim({.keep = {.max_age = absl::Seconds(-1)}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("max_age")));
}

TEST_P(TrimTest, ACursorThatIsOvertakenSaysSo) {
  Stream stream = Create("s");
  Fill(stream, clock_, 0, 3);
  Cursor strict = StartReading({.stream = "s", .limit = 100});
  Cursor skipping = StartReading({.stream = "s", .on_trimmed = OnTrimmed::kSkip});
  ChunkView view;
  ASSERT_THAT(strict.Next(&view), IsOkAndHolds(true));
  ASSERT_THAT(skipping.Next(&view), IsOkAndHolds(true));
  while (skipping.Next(&view).value()) {
  }
  while (strict.Next(&view).value()) {
  }
  Fill(stream, clock_, 3, 10);
  ASSERT_OK(stream.Trim({.keep = {.max_entries = 2, .exact = true}}));
  EXPECT_THAT(strict.Next(&view),
              StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("5 entries were trimmed")));
  ASSERT_THAT(strict.Next(&view), IsOkAndHolds(true));
  EXPECT_EQ(view.begin()->offset, 8u);
  ASSERT_THAT(skipping.Next(&view), IsOkAndHolds(true));
  EXPECT_EQ(view.begin()->offset, 8u);
  EXPECT_EQ(view.gap(), 5u);
}

TEST_P(TrimTest, AnOffsetThatIsGoneIsAGap) {
  Stream stream = Create("s");
  Fill(stream, clock_, 0, 10);
  ASSERT_OK(stream.Trim({.keep = {.max_entries = 2, .exact = true}}));
  Cursor cursor = StartReading({.stream = "s", .from = Bound::Offset(3)});
  ChunkView view;
  EXPECT_THAT(cursor.Next(&view), StatusIs(absl::StatusCode::kOutOfRange));
  ASSERT_THAT(cursor.Next(&view), IsOkAndHolds(true));
  EXPECT_EQ(view.begin()->offset, 8u);
}

TEST_P(TrimTest, DeletedEntriesAreSteppedOver) {
  Stream stream = Create("s");
  Batch batch;
  for (int i = 0; i < 10; ++i) ASSERT_OK(batch.Add({{"v", "v" + std::to_string(i)}}));
  ASSERT_OK(stream.Append(std::move(batch)));
  const std::vector<EntryId> ids = IdsOf(Read("s"));
  const std::vector<EntryId> gone = {ids[3], ids[4], ids[9], ids[3], {1, 1}, ids[0]};
  ASSERT_OK_AND_ASSIGN(const DeleteResult result, stream.Delete(gone));
  EXPECT_EQ(result.entries, 4u);
  ASSERT_OK_AND_ASSIGN(const DeleteResult again, stream.Delete(gone));
  EXPECT_EQ(again.entries, 0u);
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("v1", "v2", "v5", "v6", "v7", "v8"));
    EXPECT_THAT(ValuesOf(Read({.stream = "s", .direction = Direction::kBackward})),
                ElementsAre("v8", "v7", "v6", "v5", "v2", "v1"));
    EXPECT_THAT(ValuesOf(Read({.stream = "s", .from = Bound::Last(2)})), ElementsAre("v7", "v8"));
    EXPECT_THAT(ValuesOf(Read({.stream = "s", .from = Bound::Id(ids[3]), .limit = 1})),
                ElementsAre("v5"));
    ASSERT_OK_AND_ASSIGN(const StreamInfo info, log().DescribeStream("s"));
    EXPECT_EQ(info.entries, 6u);
    EXPECT_EQ(info.last_id, ids[9]);
    EXPECT_EQ(info.partitions[0].first_offset, 1u);
    EXPECT_EQ(info.partitions[0].max_deleted_id, ids[9]);
    Restart();
  }
  ASSERT_OK_AND_ASSIGN(stream, log().OpenStream("s"));
  // Of the entries that are there, not of the offsets.
  ASSERT_OK_AND_ASSIGN(const TrimResult trimmed,
                       stream.Trim({.keep = {.max_entries = 4, .exact = true}}));
  EXPECT_EQ(trimmed.entries, 2u);
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("v5", "v6", "v7", "v8"));
  // The start steps over the holes next to it.
  ASSERT_OK(stream.Delete(std::vector<EntryId>{ids[6], ids[5]}));
  ASSERT_OK_AND_ASSIGN(const StreamInfo info, log().DescribeStream("s"));
  EXPECT_EQ(info.partitions[0].first_offset, 7u);
}

TEST_P(TrimTest, DeletingInPartitions) {
  Stream stream = Create("s", {.partitions = 4});
  Fill(stream, clock_, 0, 12);
  const std::vector<OwnedEntry> all = Read("s");
  ASSERT_OK(stream.Delete(std::vector<EntryId>{all[5].id, all[6].id, all[11].id}));
  const std::vector<std::string> left = {"v0", "v1", "v2", "v3", "v4", "v7", "v8", "v9", "v10"};
  EXPECT_EQ(ValuesOf(Read("s")), left);
  Restart();
  EXPECT_EQ(ValuesOf(Read("s")), left);
}

TEST_P(TrimTest, ADroppedStreamIsGoneForItsHandles) {
  Stream stream = Create("s");
  Add(stream, "a");
  {
    Cursor cursor = StartReading({.stream = "s"});
    ASSERT_OK(log().DropStream("s"));
    EXPECT_THAT(stream.Append({{"v", "b"}}), StatusIs(absl::StatusCode::kNotFound));
    ChunkView view;
    EXPECT_THAT(cursor.Next(&view), StatusIs(absl::StatusCode::kNotFound));
  }
  EXPECT_THAT(log().DropStream("s"), StatusIs(absl::StatusCode::kNotFound));
  Stream anew = Create("s");
  EXPECT_EQ(Add(anew, "c").offset, 0u);
  Restart();
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("c"));
}

TEST_P(TrimTest, RenamingKeepsEverythingButTheName) {
  Stream stream = Create("old");
  Add(stream, "a");
  ASSERT_OK(log().RenameStream("old", "new"));
  Add(stream, "b");
  EXPECT_THAT(log().OpenStream("old", {}, IfMissing::kError),
              StatusIs(absl::StatusCode::kNotFound));
  Stream other = Create("other");
  Add(other, "x");
  EXPECT_THAT(log().RenameStream("new", "other"), StatusIs(absl::StatusCode::kAlreadyExists));
  ASSERT_OK(log().RenameStream("new", "other", true));
  EXPECT_THAT(other.Append({{"v", "y"}}), StatusIs(absl::StatusCode::kNotFound));
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(ValuesOf(Read("other")), ElementsAre("a", "b"));
    ASSERT_OK_AND_ASSIGN(const auto streams, log().ListStreams());
    EXPECT_THAT(streams, SizeIs(1));
    Restart();
  }
}

TEST_P(TrimTest, OptionsAreAltered) {
  Stream stream = Create("s", {.durability = Durability::kSync});
  StreamChanges changes;
  changes.durability = Durability::kOs;
  changes.retention = Retention{.max_entries = 5, .max_age = absl::Hours(1)};
  ASSERT_OK(log().AlterStream("s", changes));
  for (int round = 0; round < 2; ++round) {
    ASSERT_OK_AND_ASSIGN(const StreamInfo info, log().DescribeStream("s"));
    EXPECT_EQ(info.options.durability, Durability::kOs);
    EXPECT_EQ(info.options.retention, *changes.retention);
    Restart();
  }
  EXPECT_THAT(log().AlterStream("none", changes), StatusIs(absl::StatusCode::kNotFound));
  changes.idempotence_ids = 0;
  EXPECT_THAT(log().AlterStream("s", changes), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(TrimTest, DatabasesDoNotSeeEachOther) {
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventLog> third, log().InDatabase(3));
  Stream zero = Create("s");
  ASSERT_OK_AND_ASSIGN(Stream three, third->CreateStream("s"));
  Add(zero, "zero");
  Add(three, "three");
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("zero"));
  EXPECT_THAT(ValuesOf(ReadOf(*third, {.stream = "s"})), ElementsAre("three"));
  ASSERT_OK(third->DropStream("s"));
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("zero"));
  EXPECT_THAT(log().InDatabase(16), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(log().InDatabase(-1), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(TrimTest, AReaderBesideTheOwnerSeesIt) {
  Stream stream = Create("s");
  Fill(stream, clock_, 0, 6);
  ASSERT_OK(stream.Delete(std::vector<EntryId>{Read("s")[4].id}));
  const std::unique_ptr<EventLog> reader = OpenReader();
  if (reader == nullptr) return;  // nobody reads beside this kind of log
  EXPECT_THAT(ValuesOf(ReadOf(*reader, {.stream = "s"})),
              ElementsAre("v0", "v1", "v2", "v3", "v5"));
  ASSERT_OK(stream.Trim({.keep = {.max_entries = 2, .exact = true}}));
  EXPECT_THAT(ValuesOf(ReadOf(*reader, {.stream = "s"})), ElementsAre("v3", "v5"));
  ASSERT_OK(log().RenameStream("s", "t"));
  EXPECT_THAT(ValuesOf(ReadOf(*reader, {.stream = "t"})), ElementsAre("v3", "v5"));
  EXPECT_THAT(reader->DescribeStream("s"), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_OK(log().DropStream("t"));
  EXPECT_THAT(reader->DescribeStream("t"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(reader->DropStream("t"), StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace evlog
