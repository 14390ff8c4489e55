// SetLastId.
#include <memory>
#include <string>

#include "tests/contract/contract_test.h"

namespace evlog {
namespace {

using ::testing::SizeIs;

EVLOG_CONTRACT_SUITE(LastIdTest);

TEST_P(LastIdTest, IdsGoOnAboveIt) {
  for (const uint32_t partitions : {1u, 3u}) {
    const std::string name = "s" + std::to_string(partitions);
    Stream stream = Create(name, {.partitions = partitions, .durability = Durability::kOs});
    Add(stream, "a");
    const auto ms = static_cast<uint64_t>(absl::ToUnixMillis(clock_.Now())) + 1000;
    ASSERT_OK(
        log().SetLastId(name, {ms, 5000}, {.entries_added = 10, .max_deleted_id = EntryId{7, 7}}));
    for (int round = 0; round < 2; ++round) {
      ASSERT_OK_AND_ASSIGN(const StreamInfo info, log().DescribeStream(name));
      EXPECT_EQ(info.last_id, (EntryId{ms, 5000}));
      EXPECT_EQ(info.entries, 1u);
      EXPECT_EQ(info.entries_added, 10u);
      EXPECT_EQ(info.partitions.back().max_deleted_id, (EntryId{7, 7}));
      Restart();
    }
    ASSERT_OK_AND_ASSIGN(stream, log().OpenStream(name));
    const AppendResult added = Add(stream, "b");
    EXPECT_EQ(added.first_id.ms, ms);
    EXPECT_GT(added.first_id, (EntryId{ms, 5000}));
    ASSERT_OK_AND_ASSIGN(const StreamInfo info, log().DescribeStream(name));
    EXPECT_EQ(info.last_id, added.last_id);
    EXPECT_EQ(info.entries_added, 11u);
    EXPECT_THAT(Read(name), SizeIs(2));
  }
}

TEST_P(LastIdTest, ItIsSetBackAsFarAsToTheLargestIdThatAnEntryHad) {
  Stream stream = Create("s");
  ASSERT_OK(stream.Append({{"v", "a"}}, {.id = EntryId{5, 1}}));
  ASSERT_OK(stream.Trim({.keep = {.max_entries = 0, .exact = true}}));
  ASSERT_OK(log().SetLastId("s", EntryId::Max()));
  EXPECT_THAT(stream.Append({{"v", "b"}}), StatusIs(absl::StatusCode::kFailedPrecondition));
  const absl::Status below = log().SetLastId("s", {5, 0});
  EXPECT_THAT(below, StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(ConflictOf(below)->last_id, EntryId::Max());
  ASSERT_OK(log().SetLastId("s", {5, 1}));
  ASSERT_OK(stream.Append({{"v", "b"}}, {.id = EntryId{5, 2}}));
  EXPECT_THAT(ValuesOf(Read("s")), ::testing::ElementsAre("b"));
  EXPECT_THAT(log().SetLastId("none", {5, 1}), StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(LastIdTest, ExpectationsGoByIt) {
  Stream stream = Create("s");
  ASSERT_OK(log().SetLastId("s", {9, 9}));
  EXPECT_THAT(stream.Append({{"v", "a"}}, {.expect = Expect::NoEntries()}),
              StatusIs(absl::StatusCode::kAborted));
  ASSERT_OK(stream.Append({{"v", "a"}}, {.expect = Expect::LastId({9, 9})}));
}

TEST_P(LastIdTest, CopiesHaveIt) {
  Stream stream = Create("s");
  ASSERT_OK(stream.Append({{"v", "a"}}, {.id = EntryId{5, 1}}));
  ASSERT_OK(log().SetLastId("s", {9, 9}, {.entries_added = 3}));
  ASSERT_OK(log().CopyStream("s", "t"));
  for (int round = 0; round < 2; ++round) {
    ASSERT_OK_AND_ASSIGN(const StreamInfo info, log().DescribeStream("t"));
    EXPECT_EQ(info.last_id, (EntryId{9, 9}));
    EXPECT_EQ(info.entries_added, 3u);
    Restart();
  }
}

TEST_P(LastIdTest, ReadersBesideTheOwnerSeeIt) {
  if (GetParam().files == LogKind::Files::kMemory) GTEST_SKIP() << "in memory";
  Create("s");
  const std::unique_ptr<EventLog> reader = OpenReader();
  ASSERT_OK(reader->OpenStream("s", {}, IfMissing::kError));
  ASSERT_OK(log().SetLastId("s", {9, 9}));
  ASSERT_OK_AND_ASSIGN(const StreamInfo info, reader->DescribeStream("s"));
  EXPECT_EQ(info.last_id, (EntryId{9, 9}));
  EXPECT_THAT(reader->SetLastId("s", {10, 0}), StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace evlog
