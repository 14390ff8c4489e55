#include "groups/group_table.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "log/key_codec.h"
#include "log/log.h"
#include "tests/log/store_peer.h"
#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class GroupTableTest : public ::testing::Test {
 protected:
  GroupTableTest() {
    options_.clock = &clock_;
    options_.maintenance_interval = absl::InfiniteDuration();
    Open();
  }

  void Open(size_t idle_bytes_max = SIZE_MAX) {
    table_.reset();
    log_.reset();
    absl::StatusOr<std::unique_ptr<Log>> log = Log::Open(temp_.Path("log"), options_);
    ASSERT_OK(log);
    log_ = *std::move(log);
    table_ = std::make_unique<GroupTable>(GroupContext{&log_->store(), &log_->committer(), &clock_},
                                          idle_bytes_max == SIZE_MAX ? 4 : 1000, idle_bytes_max);
  }
  std::shared_ptr<StreamState> StreamOf(std::string_view name, uint32_t partitions = 1) {
    absl::StatusOr<Catalog::Found> found = log_->catalog().FindOrCreate(
        0, name, {.partitions = partitions, .durability = Durability::kOs});
    EXPECT_OK(found);
    return found->stream;
  }
  EntryId Add(const std::shared_ptr<StreamState>& stream) {
    clock_.Advance(absl::Seconds(1));
    internal::BatchData batch;
    EXPECT_OK(batch.Add({{"v", "x"}}, {}));
    absl::StatusOr<AppendResult> result = log_->Append(stream, std::move(batch), {});
    EXPECT_OK(result);
    return result->first_id;
  }
  uint64_t LagFrom(const std::shared_ptr<StreamState>& stream, const Bound& from) {
    const std::string name = "from" + std::to_string(++names_);
    const auto group = table_->Create(stream, name, {}, from);
    EXPECT_OK(group);
    return (*group)->Describe()->lag;
  }

  TempDir temp_;
  ManualClock clock_;
  OpenOptions options_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<GroupTable> table_;
  int names_ = 0;
};

TEST_F(GroupTableTest, GroupsBeginWhereTheyAreTold) {
  const auto stream = StreamOf("s");
  std::vector<EntryId> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(Add(stream));
  EXPECT_EQ(LagFrom(stream, Bound::Begin()), 10u);
  EXPECT_EQ(LagFrom(stream, Bound::End()), 0u);
  EXPECT_EQ(LagFrom(stream, Bound::Id(ids[4])), 6u);
  EXPECT_EQ(LagFrom(stream, Bound::ExclusiveId(ids[4])), 5u);
  EXPECT_EQ(LagFrom(stream, Bound::Offset(7)), 3u);
  EXPECT_EQ(LagFrom(stream, Bound::Offset(70)), 0u);
  EXPECT_EQ(LagFrom(stream, Bound::Id({1, 1})), 10u);
  EXPECT_EQ(LagFrom(stream, Bound::Id(EntryId::Max())), 0u);
  EXPECT_EQ(LagFrom(stream, Bound::ExclusiveId(EntryId::Max())), 0u);
  EXPECT_EQ(LagFrom(stream, Bound::Time(absl::FromUnixMillis(static_cast<int64_t>(ids[8].ms)))),
            2u);
  EXPECT_THAT(table_->Create(stream, "g", {}, Bound::Last(3)),
              StatusIs(absl::StatusCode::kInvalidArgument));
  const auto wide = StreamOf("wide", 3);
  EXPECT_THAT(table_->Create(wide, "g", {}, Bound::Offset(3)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("3 partitions")));
}

TEST_F(GroupTableTest, NamesAreOfOneStream_Kvrocks2568) {
  const auto a = StreamOf("a"), b = StreamOf("b");
  ASSERT_OK(table_->Create(a, "one", {}, Bound::Begin()));
  ASSERT_OK(table_->Create(a, "two", {}, Bound::Begin()));
  ASSERT_OK(table_->Create(b, "one", {}, Bound::Begin()));
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(table_->List(*a), IsOkAndHolds(ElementsAre("one", "two")));
    EXPECT_THAT(table_->List(*b), IsOkAndHolds(ElementsAre("one")));
    ASSERT_OK(table_->Reload());
  }
  EXPECT_THAT(table_->Create(a, "one", {}, Bound::Begin()),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("\"one\"")));
  EXPECT_THAT(table_->Find(b, "two"), StatusIs(absl::StatusCode::kNotFound,
                                               HasSubstr("stream \"b\" has no group \"two\"")));
  EXPECT_THAT(table_->Create(b, "", {}, Bound::Begin()),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(table_->Create(b, "x", {.ack_wait = absl::ZeroDuration()}, Bound::Begin()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("ack_wait")));
}

TEST_F(GroupTableTest, ANewGroupOfAnOldNameKnowsNothing) {
  const auto stream = StreamOf("s");
  for (int i = 0; i < 3; ++i) Add(stream);
  ASSERT_OK_AND_ASSIGN(const auto first, table_->Create(stream, "g", {}, Bound::Begin()));
  ASSERT_OK(first->Read("ann", {}));
  ASSERT_OK(table_->Destroy(stream, "g"));
  EXPECT_THAT(table_->Destroy(stream, "g"), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_OK_AND_ASSIGN(const auto second, table_->Create(stream, "g", {}, Bound::Begin()));
  EXPECT_EQ(second->Describe()->pending, 0u);
  EXPECT_FALSE(first->Read("ann", {}).ok());
  ASSERT_OK(table_->Reload());
  ASSERT_OK_AND_ASSIGN(const auto third, table_->Find(stream, "g"));
  EXPECT_EQ(third->Describe()->lag, 3u);
}

TEST_F(GroupTableTest, IdleGroupsAreForgottenAndLoadedAgain) {
  const auto stream = StreamOf("s");
  for (int i = 0; i < 3; ++i) Add(stream);
  ASSERT_OK_AND_ASSIGN(const auto held, table_->Create(stream, "held", {}, Bound::Begin()));
  for (int i = 0; i < 20; ++i) {
    ASSERT_OK_AND_ASSIGN(const auto group,
                         table_->Create(stream, "g" + std::to_string(i), {}, Bound::Begin()));
    ASSERT_OK(group->Read("ann", {.count = static_cast<uint64_t>(i % 4)}));
  }
  EXPECT_LE(table_->loaded(), 5u);
  for (int i = 0; i < 20; ++i) {
    ASSERT_OK_AND_ASSIGN(const auto group, table_->Find(stream, "g" + std::to_string(i)));
    EXPECT_EQ(group->Describe()->pending, static_cast<uint64_t>(i % 4));
  }
  EXPECT_LE(table_->loaded(), 5u);
  EXPECT_THAT(table_->Find(stream, "held"), IsOkAndHolds(held));
}

TEST_F(GroupTableTest, WhatNobodyHoldsIsForgottenForItsSize) {
  Open(100'000);
  const auto stream = StreamOf("s");
  for (int i = 0; i < 1000; ++i) Add(stream);
  size_t one = 0;
  for (int i = 0; i < 64; ++i) {
    ASSERT_OK_AND_ASSIGN(const auto group,
                         table_->Create(stream, "g" + std::to_string(i), {}, Bound::Begin()));
    // Each second one, so that it takes a run for each.
    for (int n = 0; n < 500; ++n) {
      ASSERT_OK(group->Read(n % 2 == 0 ? "ann" : "bob", {.count = 1}));
    }
    one = group->memory();
  }
  ASSERT_GT(64 * one, 200'000u);
  EXPECT_LE(table_->loaded(), 100'000 / one + 16);
  ASSERT_OK_AND_ASSIGN(const auto first, table_->Find(stream, "g0"));
  EXPECT_EQ(first->Describe()->pending, 500u);
}

TEST_F(GroupTableTest, ADroppedStreamTakesItsGroupsWithIt) {
  const auto stream = StreamOf("s");
  const auto other = StreamOf("other");
  ASSERT_OK_AND_ASSIGN(const auto group, table_->Create(stream, "g", {}, Bound::Begin()));
  for (const auto& each : {stream, other}) {
    for (int i = 0; i < 3; ++i) Add(each);
    ASSERT_OK_AND_ASSIGN(const auto full, table_->Create(each, "full", {}, Bound::Begin()));
    // Enough for the blocks to be written.
    for (int i = 0; i < kJournalSlots; ++i) {
      ASSERT_OK(full->Read("ann", {}));
      ASSERT_OK(full->Seek(std::vector<GroupPosition>{{0, EntryId::Min()}}, false));
    }
  }
  ASSERT_OK(log_->Drop({0, "s"}));
  EXPECT_THAT(group->Read("ann", {}), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(table_->List(*StreamOf("s")), IsOkAndHolds(ElementsAre()));
  // Their rows go as files are compacted.
  ASSERT_OK(log_->Sync());
  for (const Family family : {Family::kGroups, Family::kPending, Family::kJournal}) {
    ASSERT_OK(StorePeer::RewriteAll(log_->store(), family));
    StoreIterator rows = log_->store().ScanAll(family);
    rows.SeekToFirst();
    ASSERT_TRUE(rows.Valid()) << FamilyName(family);  // of the other stream
    EXPECT_EQ(rows.key().substr(0, 8), EncodeCatalogKey(other->id()).view());
  }
}

}  // namespace
}  // namespace evlog
