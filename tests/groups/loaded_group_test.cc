// A group on a log: what is delivered, settled, read back, and what the relatives got wrong.
#include "groups/loaded_group.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "log/key_codec.h"
#include "log/log.h"
#include "tests/groups/log_context.h"
#include "tests/support/fault_fs.h"
#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Kind = PendingEvent::Kind;

class LoadedGroupTest : public ::testing::Test {
 protected:
  LoadedGroupTest() : fs_(std::make_shared<FaultFs>(temp_.Path("stash"))) {
    options_.clock = &clock_;
    options_.maintenance_interval = absl::InfiniteDuration();
  }
  ~LoadedGroupTest() override { group_.reset(); }

  void Open(uint32_t partitions = 1) {
    group_.reset();
    stream_.reset();
    log_.reset();
    absl::StatusOr<std::unique_ptr<Log>> log = Log::Open(temp_.Path("log"), options_, {fs_});
    ASSERT_OK(log);
    log_ = *std::move(log);
    absl::StatusOr<Catalog::Found> found = log_->catalog().FindOrCreate(
        0, "s", {.partitions = partitions, .durability = Durability::kOs});
    ASSERT_OK(found);
    stream_ = found->stream;
    group_ = std::make_unique<LoadedGroup>(ContextOf(log_.get(), &clock_), stream_, Id());
  }
  // From the first entry.
  void Create(const GroupOptions& options = {}, uint32_t partitions = 1) {
    Open(partitions);
    ASSERT_OK(group_->Create("g", options, std::vector<GroupPosition>(partitions)));
  }
  // As after a restart.
  void Reload(uint32_t partitions = 1) {
    Open(partitions);
    ASSERT_OK_AND_ASSIGN(const std::optional<std::string> row,
                         log_->store().Get(Family::kGroups, EncodeGroupKey(Id()).view()));
    ASSERT_TRUE(row.has_value());
    ASSERT_OK_AND_ASSIGN(GroupRecord record, DecodeGroupRecord(*row));
    ASSERT_OK(group_->Load(std::move(record)));
    ASSERT_OK(group_->CheckInvariants());
  }
  GroupId Id() const { return {stream_->id(), GroupNumber(1)}; }

  EntryId Add(std::string_view value, std::string_view key = {}) {
    internal::BatchData batch;
    EXPECT_OK(batch.Add({{"v", value}}, {.key = key}));
    absl::StatusOr<AppendResult> result = log_->Append(stream_, std::move(batch), {});
    EXPECT_OK(result);
    return result->first_id;
  }
  std::vector<EntryId> AddMany(int count) {
    std::vector<EntryId> ids;
    for (int i = 0; i < count; ++i) ids.push_back(Add(std::to_string(i)));
    return ids;
  }

  DeliveredRuns Read(std::string_view consumer, uint64_t count = 100) {
    absl::StatusOr<DeliveredRuns> runs = group_->Read(consumer, {.count = count});
    EXPECT_OK(runs);
    return runs.ok() ? *std::move(runs) : DeliveredRuns();
  }
  static std::vector<std::string> ValuesOf(const DeliveredRuns& delivered) {
    std::vector<std::string> values;
    for (const DeliveredRun& run : delivered.runs) {
      for (const EntryView& entry : run.view) {
        values.emplace_back(entry.fields.begin()->value);
      }
    }
    return values;
  }
  static std::vector<HandedOut> HandedOutIn(const DeliveredRuns& delivered) {
    std::vector<HandedOut> handed;
    for (const DeliveredRun& run : delivered.runs) handed.push_back({run.range, run.deliveries});
    return handed;
  }
  uint64_t Settle(Kind kind, const std::vector<EntryId>& ids) {
    PendingEvent event;
    event.kind = kind;
    const absl::StatusOr<uint64_t> count = group_->SettleIds(ids, event);
    EXPECT_OK(count);
    return count.ok() ? *count : 0;
  }
  // Of the stream `dead`; each has the key and the fields of its entry behind its own.
  std::vector<DeadLetterOrigin> DeadLetters() {
    std::vector<DeadLetterOrigin> letters;
    absl::StatusOr<std::shared_ptr<StreamState>> dead = log_->catalog().Find(0, "dead");
    EXPECT_OK(dead);
    absl::StatusOr<std::unique_ptr<StreamReader>> reader = log_->Read(*dead, {});
    EXPECT_OK(reader);
    ChunkView view;
    while ((*reader)->Next(&view, absl::InfinitePast(), {}).value_or(false)) {
      for (const EntryView& letter : view) {
        const std::optional<DeadLetterOrigin> origin = ReadDeadLetter(letter);
        EXPECT_TRUE(origin.has_value());
        if (origin) letters.push_back(*origin);
        EXPECT_EQ(letter.fields.size(), kDeadLetterFields + 1);
      }
    }
    return letters;
  }
  struct Shown {
    EntryId id;
    std::string consumer;
    uint64_t idle_ms;
    uint32_t count;
    friend bool operator==(const Shown&, const Shown&) = default;
  };
  std::vector<Shown> Pendings() {
    std::vector<Shown> all;
    const auto now = static_cast<uint64_t>(absl::ToUnixMillis(clock_.Now()));
    EXPECT_OK(group_->VisitPending(EntryId::Min(),
                                   [&](EntryId id, const Pending& p, std::string_view name) {
                                     all.push_back({id, std::string(name), p.IdleMs(now), p.count});
                                     return true;
                                   }));
    return all;
  }

  TempDir temp_;
  ManualClock clock_;
  OpenOptions options_;
  std::shared_ptr<FaultFs> fs_;
  std::unique_ptr<Log> log_;
  std::shared_ptr<StreamState> stream_;
  std::unique_ptr<LoadedGroup> group_;
};

TEST_F(LoadedGroupTest, IdleAndCountAreRightAfterTheFirstDelivery_Kvrocks3178) {
  Create();
  const EntryId id = Add("a");
  EXPECT_THAT(ValuesOf(Read("ann")), ElementsAre("a"));
  clock_.Advance(absl::Seconds(5));
  EXPECT_THAT(Pendings(), ElementsAre(Shown{id, "ann", 5000, 1}));
}

TEST_F(LoadedGroupTest, EachEntryGoesToOneConsumer) {
  Create();
  AddMany(5);
  EXPECT_THAT(ValuesOf(Read("ann", 2)), ElementsAre("0", "1"));
  EXPECT_THAT(ValuesOf(Read("bob", 2)), ElementsAre("2", "3"));
  EXPECT_THAT(ValuesOf(Read("ann", 2)), ElementsAre("4"));
  EXPECT_THAT(ValuesOf(Read("bob", 2)), IsEmpty());
  EXPECT_THAT(Pendings(), SizeIs(5));
  EXPECT_EQ(group_->Describe()->entries_read, 5u);
  EXPECT_EQ(group_->Describe()->lag, 0u);
}

TEST_F(LoadedGroupTest, ProgressCountsAlsoWithoutAcknowledgments_Dragonfly1945) {
  Create();
  AddMany(3);
  ASSERT_OK(group_->Read("ann", {.count = 2, .acknowledged = true}));
  const GroupInfo info = group_->Describe().value();
  EXPECT_EQ(info.entries_read, 2u);
  EXPECT_EQ(info.lag, 1u);
  EXPECT_EQ(info.pending, 0u);
}

TEST_F(LoadedGroupTest, AnAcknowledgmentCountsOnce) {
  Create();
  const std::vector<EntryId> ids = AddMany(3);
  Read("ann");
  EXPECT_EQ(Settle(Kind::kAck, {ids[1], ids[1], EntryId{1, 1}}), 1u);
  EXPECT_EQ(Settle(Kind::kAck, {ids[1]}), 0u);
  EXPECT_EQ(Settle(Kind::kAck, {ids[2], ids[0]}), 2u);
  EXPECT_THAT(Pendings(), IsEmpty());
}

TEST_F(LoadedGroupTest, AnEmptyHistoryIsEmpty_Valkey5577) {
  Create();
  AddMany(2);
  Read("ann");
  ASSERT_OK_AND_ASSIGN(const DeliveredRuns bobs, group_->ReadAgain("bob", EntryId::Min(), 10));
  EXPECT_EQ(bobs.entries, 0u);
  ASSERT_OK_AND_ASSIGN(const DeliveredRuns anns, group_->ReadAgain("ann", EntryId::Min(), 10));
  EXPECT_THAT(ValuesOf(anns), ElementsAre("0", "1"));
  EXPECT_EQ(anns.runs[0].deliveries, 2u);
}

TEST_F(LoadedGroupTest, WhatWasNotAcknowledgedInTimeComesAgain) {
  Create({.ack_wait = absl::Seconds(10)});
  const std::vector<EntryId> ids = AddMany(3);
  Read("ann");
  EXPECT_EQ(Settle(Kind::kAck, {ids[1]}), 1u);
  clock_.Advance(absl::Seconds(9));
  EXPECT_EQ(Read("bob").entries, 0u);
  clock_.Advance(absl::Seconds(1));
  Add("new");
  const DeliveredRuns again = Read("bob");
  EXPECT_THAT(ValuesOf(again), ElementsAre("0", "2", "new"));
  EXPECT_EQ(again.runs[0].deliveries, 2u);
  EXPECT_EQ(again.runs[2].deliveries, 1u);
}

TEST_F(LoadedGroupTest, ANackWithDelayComesAgainThen) {
  Create();
  Add("a");
  const DeliveredRuns first = Read("ann");
  PendingEvent nack;
  nack.kind = Kind::kNack;
  nack.delay_ms = 2000;
  EXPECT_THAT(group_->Settle(HandedOutIn(first), nack), IsOkAndHolds(1u));
  EXPECT_EQ(group_->Describe()->released, 1u);
  EXPECT_EQ(Read("ann").entries, 0u);
  clock_.Advance(absl::Seconds(2));
  EXPECT_THAT(ValuesOf(Read("bob")), ElementsAre("a"));
}

TEST_F(LoadedGroupTest, WhatIsGoneMeanwhileIsPassedOver) {
  Create({.ack_wait = absl::Seconds(1)});
  const std::vector<EntryId> ids = AddMany(6);
  Read("ann", 4);
  ASSERT_OK(log_->Delete(stream_, std::vector<EntryId>{ids[2], ids[4]}, {}));
  ASSERT_OK(log_->Trim(stream_, {.keep = {.max_entries = 3, .exact = true}}));  // takes 0
  EXPECT_THAT(Pendings(), SizeIs(4));                                           // with their ids
  EXPECT_EQ(Pendings()[2].id, ids[2]);
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(ValuesOf(Read("bob")), ElementsAre("1", "3", "5"));
  EXPECT_THAT(Pendings(), SizeIs(3));
}

TEST_F(LoadedGroupTest, SeekingBackDeliversAgain) {
  Create();
  AddMany(4);
  const DeliveredRuns first = Read("ann");
  const EntryId last = Pendings()[1].id;
  ASSERT_OK(group_->Seek(std::vector<GroupPosition>{{2, last}}, true));
  EXPECT_THAT(Pendings(), SizeIs(2));
  EXPECT_EQ(group_->Describe()->lag, 2u);
  EXPECT_THAT(ValuesOf(Read("bob")), ElementsAre("2", "3"));
}

TEST_F(LoadedGroupTest, PartitionsAreMergedById) {
  Create({}, 4);
  for (int i = 0; i < 40; ++i) Add(std::to_string(i), "key" + std::to_string(i));
  std::vector<EntryId> ids;
  for (;;) {
    const DeliveredRuns runs = Read("ann", 7);
    if (runs.entries == 0) break;
    EXPECT_LE(runs.entries, 7u);
    for (const DeliveredRun& run : runs.runs) {
      for (const EntryView& entry : run.view) ids.push_back(entry.id);
    }
  }
  EXPECT_THAT(ids, SizeIs(40));
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
  EXPECT_EQ(Settle(Kind::kAck, ids), 40u);
}

TEST_F(LoadedGroupTest, ClaimsByIdWhatIsIdle) {
  Create();
  const std::vector<EntryId> ids = AddMany(4);
  Read("ann", 2);
  clock_.Advance(absl::Seconds(5));
  Read("ann", 1);
  const GroupClaim idle{.min_idle_ms = 5000};
  ASSERT_OK_AND_ASSIGN(ClaimedRuns claimed, group_->Claim("bob", ids, idle));
  EXPECT_THAT(ValuesOf(claimed.delivered), ElementsAre("0", "1"));
  EXPECT_EQ(claimed.delivered.runs[0].deliveries, 2u);
  EXPECT_THAT(Pendings(), ElementsAre(Shown{ids[0], "bob", 0, 2}, Shown{ids[1], "bob", 0, 2},
                                      Shown{ids[2], "ann", 0, 1}));
  // By force also what was never delivered; not what is not there.
  const std::vector<EntryId> more{ids[3], EntryId{1, 1}, ids[3]};
  ASSERT_OK_AND_ASSIGN(claimed, group_->Claim("bob", more, {.force = true}));
  EXPECT_THAT(ValuesOf(claimed.delivered), ElementsAre("3"));
}

TEST_F(LoadedGroupTest, AClaimOfWhatIsGoneForgetsIt) {
  Create();
  const std::vector<EntryId> ids = AddMany(3);
  Read("ann");
  ASSERT_OK(log_->Delete(stream_, std::vector<EntryId>{ids[1]}, {}));
  std::vector<EntryId> twice = ids;
  twice.insert(twice.end(), ids.begin(), ids.end());
  ASSERT_OK_AND_ASSIGN(const ClaimedRuns claimed, group_->Claim("bob", twice, {}));
  EXPECT_THAT(ValuesOf(claimed.delivered), ElementsAre("0", "2"));
  EXPECT_THAT(claimed.gone, ElementsAre(ids[1]));
  EXPECT_THAT(Pendings(), SizeIs(2));
}

TEST_F(LoadedGroupTest, AutoClaimGoesOnWhereItStopped) {
  Create({}, 2);
  std::vector<EntryId> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(Add(std::to_string(i), "key" + std::to_string(i)));
  Read("ann", 8);
  clock_.Advance(absl::Seconds(5));
  Read("ann", 2);
  const GroupClaim idle{.min_idle_ms = 5000};
  ASSERT_OK_AND_ASSIGN(ClaimedRuns claimed, group_->AutoClaim("bob", EntryId::Min(), 3, 100, idle));
  EXPECT_THAT(ValuesOf(claimed.delivered), ElementsAre("0", "1", "2"));
  EXPECT_EQ(claimed.next, ids[3]);
  ASSERT_OK_AND_ASSIGN(claimed, group_->AutoClaim("bob", claimed.next, 100, 4, idle));
  EXPECT_THAT(ValuesOf(claimed.delivered), ElementsAre("3", "4", "5", "6"));
  EXPECT_EQ(claimed.next, ids[7]);
  ASSERT_OK_AND_ASSIGN(claimed, group_->AutoClaim("bob", claimed.next, 100, 100, idle));
  EXPECT_THAT(ValuesOf(claimed.delivered), ElementsAre("7"));  // 8 and 9 are not idle
  EXPECT_EQ(claimed.next, EntryId::Min());
}

TEST_F(LoadedGroupTest, TheLongestIdleIsClaimedFirst) {
  Create();
  const std::vector<EntryId> ids = AddMany(4);
  Read("ann", 2);
  clock_.Advance(absl::Seconds(1));
  Read("ann", 2);
  clock_.Advance(absl::Seconds(1));
  ASSERT_OK(group_->ReadAgain("ann", EntryId::Min(), 1));  // 0 is the newest now
  clock_.Advance(absl::Seconds(1));
  ASSERT_OK_AND_ASSIGN(ClaimedRuns claimed, group_->ClaimIdle("bob", 2, {.min_idle_ms = 1000}));
  EXPECT_THAT(ValuesOf(claimed.delivered), ElementsAre("1", "2"));
  ASSERT_OK_AND_ASSIGN(claimed, group_->ClaimIdle("bob", 9, {.min_idle_ms = 1000}));
  EXPECT_THAT(ValuesOf(claimed.delivered), ElementsAre("3", "0"));
  ASSERT_OK_AND_ASSIGN(claimed, group_->ClaimIdle("bob", 9, {.min_idle_ms = 1000}));
  EXPECT_EQ(claimed.delivered.entries, 0u);
}

TEST_F(LoadedGroupTest, ARemovedConsumerLosesNothing) {
  Create();
  const std::vector<EntryId> ids = AddMany(3);
  EXPECT_THAT(group_->AddConsumer("ann"), IsOkAndHolds(true));
  EXPECT_THAT(group_->AddConsumer("ann"), IsOkAndHolds(false));
  Read("ann", 2);
  EXPECT_THAT(group_->RemoveConsumer("ann", false), IsOkAndHolds(2u));
  EXPECT_THAT(group_->RemoveConsumer("ann", false), IsOkAndHolds(0u));
  EXPECT_THAT(group_->Describe()->consumers, IsEmpty());
  EXPECT_THAT(ValuesOf(Read("bob")), ElementsAre("0", "1", "2"));
  EXPECT_THAT(group_->RemoveConsumer("bob", true), IsOkAndHolds(3u));
  EXPECT_THAT(Pendings(), IsEmpty());
  ASSERT_OK(group_->CheckInvariants());
}

TEST_F(LoadedGroupTest, OtherOptionsHoldAtOnceAndAfterARestart) {
  Create({.ack_wait = absl::InfiniteDuration()});
  AddMany(1);
  Read("ann");
  clock_.Advance(absl::Seconds(60));
  EXPECT_EQ(Read("bob").entries, 0u);
  EXPECT_THAT(group_->Alter({.ack_wait = absl::ZeroDuration()}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  const GroupOptions options{.durability = Durability::kSync,
                             .ack_wait = absl::Seconds(60),
                             .backoff = {absl::Seconds(61), absl::Minutes(2)},
                             .max_deliveries = 7};
  ASSERT_OK(group_->Alter(options));
  EXPECT_EQ(Read("bob").entries, 0u);
  Reload();
  EXPECT_EQ(group_->Describe()->options, options);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Read("bob").entries, 1u);
}

// An entry that kills its process each time it is delivered.
TEST_F(LoadedGroupTest, WhatIsDeliveredTooOftenEndsInTheDeadLetters) {
  Create({.ack_wait = absl::Seconds(1), .max_deliveries = 3, .dead_letters = "dead"});
  const std::vector<EntryId> ids = AddMany(2);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Read("ann").entries, 2u);
    if (i == 2) Settle(Kind::kAck, {ids[1]});
    Reload();
    clock_.Advance(absl::Seconds(1));
  }
  EXPECT_EQ(Read("bob").entries, 0u);
  EXPECT_THAT(Pendings(), IsEmpty());
  const auto now = static_cast<uint64_t>(absl::ToUnixMillis(clock_.Now()));
  const std::vector<DeadLetterOrigin> letters = DeadLetters();
  EXPECT_THAT(letters, ElementsAre(DeadLetterOrigin{"s", ids[0], "g", DeadLetterReason::kDeliveries,
                                                    3, "ann", now}));
}

TEST_F(LoadedGroupTest, WhatIsRefusedForGoodEndsInTheDeadLetters) {
  Create({.dead_letters = "dead"}, 2);
  std::vector<EntryId> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(Add(std::to_string(i), "key" + std::to_string(i)));
  Read("ann");
  PendingEvent nack;
  nack.kind = Kind::kNack;
  nack.nack = PendingEvent::Nack::kFatal;
  EXPECT_THAT(group_->SettleIds({&ids[1], 1}, nack), IsOkAndHolds(1u));
  EXPECT_EQ(Settle(Kind::kDeadLetter, {ids[3]}), 1u);
  const auto now = static_cast<uint64_t>(absl::ToUnixMillis(clock_.Now()));
  EXPECT_THAT(
      DeadLetters(),
      ElementsAre(DeadLetterOrigin{"s", ids[1], "g", DeadLetterReason::kFatal, 1, "ann", now},
                  DeadLetterOrigin{"s", ids[3], "g", DeadLetterReason::kRequested, 1, "ann", now}));
  Reload(2);
  EXPECT_THAT(Pendings(), SizeIs(2));
}

TEST_F(LoadedGroupTest, ARestartChangesNothing) {
  Create({.ack_wait = absl::Seconds(10)}, 3);
  for (int i = 0; i < 3000; ++i) Add(std::to_string(i), "key" + std::to_string(i));
  for (int i = 0; i < 50; ++i) Read("consumer" + std::to_string(i % 7), 20);
  std::vector<EntryId> ids;
  for (const Shown& pending : Pendings()) ids.push_back(pending.id);
  for (size_t i = 0; i < ids.size(); i += 2) Settle(Kind::kAck, {ids[i]});
  const std::vector<Shown> before = Pendings();
  const GroupInfo info = group_->Describe().value();
  Reload(3);
  EXPECT_EQ(Pendings(), before);
  const GroupInfo again = group_->Describe().value();
  EXPECT_EQ(again.options, info.options);
  EXPECT_EQ(again.positions, info.positions);
  EXPECT_EQ(again.entries_read, info.entries_read);
  EXPECT_THAT(again.consumers, SizeIs(7));
  EXPECT_EQ(again.lag, 2000u);
  EXPECT_EQ(Read("ann", 5000).entries, 2000u);
}

TEST_F(LoadedGroupTest, AnEmptyReadWritesNothing) {
  Create();
  Read("ann");
  ASSERT_OK_AND_ASSIGN(const Position before, log_->LastPosition());
  for (int i = 0; i < 10; ++i) Read("ann");
  EXPECT_THAT(log_->LastPosition(), IsOkAndHolds(before));
}

TEST_F(LoadedGroupTest, ADestroyedGroupLeavesNothing) {
  Create();
  AddMany(3);
  Read("ann");
  ASSERT_OK(group_->Destroy());
  EXPECT_THAT(group_->Read("ann", {}), StatusIs(absl::StatusCode::kNotFound, HasSubstr("\"g\"")));
  for (const Family family : {Family::kGroups, Family::kPending, Family::kJournal}) {
    StoreIterator rows = log_->store().ScanAll(family);
    rows.SeekToFirst();
    EXPECT_FALSE(rows.Valid()) << FamilyName(family);
  }
}

TEST_F(LoadedGroupTest, AFailedWriteIsNotDelivered) {
  Create();
  AddMany(2);
  fs_->Arm({.ops = {FileOp::kAppend}, .for_ever = true, .name_contains = ".log"});
  EXPECT_THAT(group_->Read("ann", {}), StatusIs(absl::StatusCode::kUnavailable));
  fs_->Disarm();
  EXPECT_FALSE(group_->Read("ann", {}).ok());  // the log is latched
  ASSERT_OK(log_->Reopen());
  // Delivered or not: never lost.
  const DeliveredRuns rest = Read("bob");
  EXPECT_EQ(group_->Describe()->pending, 2u);
  ASSERT_OK_AND_ASSIGN(const DeliveredRuns anns, group_->ReadAgain("ann", EntryId::Min(), 9));
  EXPECT_EQ(rest.entries + anns.entries, 2u);
  ASSERT_OK(group_->CheckInvariants());
}

}  // namespace
}  // namespace evlog
