// Operations of a group that nobody waits for share a row of its journal.
#include "groups/growing_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "groups/loaded_group.h"
#include "log/commit_here.h"
#include "log/key_codec.h"
#include "log/log.h"
#include "tests/groups/log_context.h"
#include "tests/log/gate.h"
#include "tests/support/fault_fs.h"
#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

class GrowingRecordTest : public ::testing::Test {
 protected:
  GrowingRecordTest() : fs_(std::make_shared<FaultFs>(temp_.Path("stash"))) {
    options_.clock = &clock_;
    options_.maintenance_interval = absl::InfiniteDuration();
    Open();
    EXPECT_OK(group_->Create("g", {}, std::vector<GroupPosition>(1)));
    for (int i = 0; i < 10; ++i) {
      internal::BatchData batch;
      EXPECT_OK(batch.Add({{"v", std::to_string(i)}}, {}));
      const absl::StatusOr<AppendResult> result = log_->Append(stream_, std::move(batch), {});
      EXPECT_OK(result);
      ids_.push_back(result->first_id);
    }
  }

  void Open() {
    group_.reset();
    stream_.reset();
    log_.reset();
    absl::StatusOr<std::unique_ptr<Log>> log = Log::Open(temp_.Path("log"), options_, {fs_});
    ASSERT_OK(log);
    log_ = *std::move(log);
    const auto found =
        log_->catalog().FindOrCreate(0, "s", {.partitions = 1, .durability = Durability::kOs});
    ASSERT_OK(found);
    stream_ = found->stream;
    group_ = std::make_shared<LoadedGroup>(ContextOf(log_.get(), &clock_), stream_, Id());
  }
  void Load() {
    Open();
    ASSERT_OK_AND_ASSIGN(const std::optional<std::string> row,
                         log_->store().Get(Family::kGroups, EncodeGroupKey(Id()).view()));
    ASSERT_TRUE(row.has_value());
    ASSERT_OK_AND_ASSIGN(GroupRecord record, DecodeGroupRecord(*row));
    ASSERT_OK(group_->Load(std::move(record)));
  }
  GroupId Id() const { return {stream_->id(), GroupNumber(1)}; }

  void Read(const char* consumer, uint64_t count) {
    ASSERT_TRUE(group_->ReadHere(consumer, {.count = count}, 100, [this](auto got) {
      Note(got.status(), &read_, got.ok() ? got->entries : 0);
    }));
  }
  void Ack(const std::vector<EntryId>& ids) {
    ASSERT_TRUE(group_->AckIdsHere(
        ids, [this](auto acked) { Note(acked.status(), &acked_, acked.ok() ? *acked : 0); }));
  }
  void Note(const absl::Status& end, uint64_t* sum, uint64_t count) {
    const std::lock_guard lock(mu_);
    ends_.push_back(end);
    *sum += count;
    told_.notify_all();
  }
  void AwaitEnds(size_t count) {
    std::unique_lock lock(mu_);
    told_.wait(lock, [&] { return ends_.size() >= count; });
    EXPECT_EQ(ends_.size(), count);
  }
  // What `act` queues waits until all of it is there, since another thread leads, which is held up.
  void Together(const std::function<void()>& act) {
    Gate gate("committer.before_write");
    std::thread leader([this] {
      internal::BatchData batch;
      EXPECT_OK(batch.Add({{"v", "x"}}, {}));
      log_->Append(stream_, std::move(batch), {}).status().IgnoreError();
    });
    gate.AwaitArrivals(1);
    act();
    gate.Open();
    leader.join();
  }
  void Append(AppendCallback done) {
    internal::BatchData batch;
    EXPECT_OK(batch.Add({{"v", "x"}}, {}));
    log_->AppendAsync(stream_, std::move(batch), {}, std::move(done));
  }
  uint64_t JournalRows() {
    uint64_t count = 0;
    StoreIterator rows = log_->store().ScanAll(Family::kJournal);
    for (rows.SeekToFirst(); rows.Valid(); rows.Next()) ++count;
    return count;
  }

  const TempDir temp_;
  ManualClock clock_;
  OpenOptions options_;
  const std::shared_ptr<FaultFs> fs_;
  std::unique_ptr<Log> log_;
  std::shared_ptr<StreamState> stream_;
  std::shared_ptr<LoadedGroup> group_;
  std::vector<EntryId> ids_;
  std::mutex mu_;
  std::condition_variable told_;
  std::vector<absl::Status> ends_;
  uint64_t read_ = 0, acked_ = 0;
};

TEST_F(GrowingRecordTest, OneRowOfACommit) {
  Together([&] {
    Read("ann", 2);
    Read("bob", 3);
    Ack({ids_[0], ids_[3]});
    Read("ann", 1);
    EXPECT_EQ(ends_.size(), 0u);
  });
  AwaitEnds(4);
  EXPECT_EQ(read_, 6u);
  EXPECT_EQ(acked_, 2u);
  EXPECT_EQ(JournalRows(), 1u);
  Ack({ids_[1]});
  AwaitEnds(5);
  EXPECT_EQ(JournalRows(), 2u);
  Load();
  const GroupInfo info = group_->Describe().value();
  EXPECT_EQ(info.entries_read, 6u);
  EXPECT_EQ(info.pending, 3u);
  ASSERT_EQ(info.consumers.size(), 2u);
  EXPECT_EQ(info.consumers[0].pending, 1u);
  EXPECT_EQ(info.consumers[1].pending, 2u);
  EXPECT_OK(group_->CheckInvariants());
}

// What was appended between two acknowledgments is not after the second.
TEST_F(GrowingRecordTest, KeepsItsPlaceAmongOthers) {
  Read("ann", 5);
  AwaitEnds(1);
  Together([&] {
    Ack({ids_[0]});
    Append([](const auto& result) { EXPECT_OK(result); });
    Ack({ids_[1]});
    Ack({ids_[2]});
  });
  AwaitEnds(4);
  EXPECT_EQ(acked_, 3u);
  EXPECT_EQ(JournalRows(), 3u);
  // As do other operations of the group.
  PendingEvent event;
  event.kind = PendingEvent::Kind::kAck;
  {
    const CommitHere here;
    Ack({ids_[3]});
    EXPECT_THAT(group_->SettleIds(std::vector<EntryId>{ids_[4]}, event), IsOkAndHolds(1));
  }
  AwaitEnds(5);
  EXPECT_EQ(JournalRows(), 5u);
  Load();
  EXPECT_EQ(group_->Describe()->pending, 0u);
}

TEST_F(GrowingRecordTest, EachIsToldOfAFailure) {
  Read("ann", 2);
  AwaitEnds(1);
  EXPECT_EQ(read_, 2u);
  Together([&] {
    Ack({ids_[0]});
    Read("bob", 3);
    Ack({ids_[1]});
    fs_->Arm({.ops = {FileOp::kAppend}, .name_contains = ".log"});
  });
  AwaitEnds(4);
  for (size_t i = 1; i < ends_.size(); ++i) EXPECT_FALSE(ends_[i].ok());
  fs_->Disarm();
  ASSERT_OK(log_->Reopen());
  EXPECT_EQ(acked_, 0u);
  EXPECT_FALSE(group_->AckIdsHere(ids_, [](const auto&) {})) << "it has to be read first";
  const GroupInfo info = group_->Describe().value();
  EXPECT_EQ(info.pending, 2u);
  EXPECT_EQ(info.entries_read, 2u);
  Ack({ids_[0]});
  Ack({ids_[1]});
  AwaitEnds(6);
  EXPECT_EQ(acked_, 2u);
}

}  // namespace
}  // namespace evlog
