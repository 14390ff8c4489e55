// Ordered groups under random operations: after each of them, no entry of a partition is with two
// consumers, and none is with one while an entry before it waits.
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "groups/loaded_group.h"
#include "gtest/gtest.h"
#include "log/key_codec.h"
#include "log/log.h"
#include "tests/groups/log_context.h"
#include "tests/support/manual_clock.h"
#include "tests/support/mem_fs.h"
#include "tests/support/rng.h"
#include "tests/support/soak.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

constexpr uint16_t kPartitions = 4;
constexpr uint64_t kConsumers = 4;

class OrderModel {
 public:
  explicit OrderModel(uint64_t seed) : rng_(seed) {
    OpenOptions options;
    options.clock = &clock_;
    options.maintenance_interval = absl::InfiniteDuration();
    log_ = *Log::Open("/log", options, {NewMemFs()});
    stream_ = log_->catalog()
                  .FindOrCreate(0, "s", {.partitions = kPartitions, .durability = Durability::kOs})
                  ->stream;
    GroupOptions group;
    group.order = GroupOptions::Order::kOrdered;
    group.ack_wait = absl::Milliseconds(500);
    group.max_deliveries = static_cast<uint32_t>(rng_.Below(5));
    group.poison = rng_.Percent(30) ? GroupOptions::Poison::kBlock : GroupOptions::Poison::kPark;
    if (rng_.Percent(50)) group.dead_letters = "dead";
    options_ = group;
    Make();
    EXPECT_OK(group_->Create("g", group, std::vector<GroupPosition>(kPartitions)));
  }
  ~OrderModel() { group_.reset(); }

  void Step() {
    clock_.Advance(absl::Milliseconds(static_cast<int64_t>(rng_.Below(60))));
    const std::string consumer = "c" + std::to_string(rng_.Below(kConsumers));
    switch (rng_.Below(14)) {
      case 0:
      case 1:
        Add();
        break;
      case 2:
      case 3:
      case 4:
      case 5:
        Read(consumer);
        break;
      case 6:
        EXPECT_OK(group_->ReadAgain(consumer, EntryId::Min(), 1 + rng_.Below(10)));
        break;
      case 7:
        if (rng_.Percent(30)) {
          EXPECT_OK(group_->RemoveConsumer(consumer, false));
        }
        break;
      case 8:
        if (rng_.Percent(20)) Reload();
        break;
      case 9:
        if (rng_.Percent(20)) clock_.Advance(absl::Milliseconds(500));
        break;
      default:
        Settle();
    }
    Check();
  }

  // Whatever has happened: in the end each entry is settled.
  void Drain() {
    GroupOptions easy = options_;
    easy.max_deliveries = 0;  // what had reached its end has not any more
    EXPECT_OK(group_->Alter(easy));
    // What was refused for good is settled by hand.
    std::vector<EntryId> refused;
    EXPECT_OK(group_->VisitPending(EntryId::Min(),
                                   [&](EntryId id, const Pending& pending, std::string_view) {
                                     if (pending.count == kNeverAgain) refused.push_back(id);
                                     return true;
                                   }));
    PendingEvent by_hand;
    by_hand.kind = PendingEvent::Kind::kAck;
    EXPECT_THAT(group_->SettleIds(refused, by_hand), IsOkAndHolds(refused.size()));
    for (int i = 0; i < 2000; ++i) {
      clock_.Advance(absl::Milliseconds(500));
      const absl::StatusOr<DeliveredRuns> got = group_->Read("last", {.count = 50});
      ASSERT_OK(got);
      if (got->entries == 0 && AllGone()) return;
      PendingEvent event;
      event.kind = PendingEvent::Kind::kAck;
      event.consumer = got->consumer;
      ASSERT_OK(group_->Settle(HandedOutIn(*got), event));
    }
    FAIL() << "entries are left that nobody gets";
  }

 private:
  struct Hand {
    ConsumerNumber consumer;
    std::vector<HandedOut> entries;
  };

  static std::vector<HandedOut> HandedOutIn(const DeliveredRuns& delivered) {
    std::vector<HandedOut> handed;
    for (const DeliveredRun& run : delivered.runs) {
      handed.push_back({run.range, run.deliveries, run.epoch});
    }
    return handed;
  }

  void Make() {
    group_.reset();
    group_ = std::make_unique<LoadedGroup>(ContextOf(log_.get(), &clock_), stream_, Id());
  }
  GroupId Id() const { return {stream_->id(), GroupNumber(1)}; }

  void Reload() {
    Make();
    const absl::StatusOr<std::optional<std::string>> row =
        log_->store().Get(Family::kGroups, EncodeGroupKey(Id()).view());
    ASSERT_OK(row);
    ASSERT_TRUE(row->has_value());
    absl::StatusOr<GroupRecord> record = DecodeGroupRecord(**row);
    ASSERT_OK(record);
    ASSERT_OK(group_->Load(*std::move(record)));
  }

  void Add() {
    internal::BatchData batch;
    const std::string key = std::to_string(rng_.Below(20));
    for (uint64_t i = 1 + rng_.Below(5); i != 0; --i) {
      EXPECT_OK(batch.Add({{"v", "x"}}, {.key = key}));
    }
    EXPECT_OK(log_->Append(stream_, std::move(batch), {}));
  }

  void Read(const std::string& consumer) {
    const std::map<EntryPlace, Pending> before = AllPending();
    const uint64_t now_ms = static_cast<uint64_t>(absl::ToUnixMillis(clock_.Now()));
    const absl::StatusOr<DeliveredRuns> got =
        group_->Read(consumer, {.count = 1 + rng_.Below(12), .one_partition = rng_.Percent(50)});
    ASSERT_OK(got);
    if (got->entries == 0) return;
    std::map<uint16_t, uint64_t> next;
    for (const DeliveredRun& run : got->runs) {
      const auto [at, first] = next.insert({run.range.partition, run.range.begin});
      EXPECT_TRUE(first || at->second <= run.range.begin) << "not in their order";
      at->second = run.range.end;
      // Nothing of it was with anybody, but for too long.
      if (!first) continue;
      bool held = false, late = false;
      for (const auto& [place, pending] : before) {
        if (place.partition != run.range.partition || !pending.owned()) continue;
        held = true;
        late |= pending.IdleMs(now_ms) >= 500;
      }
      EXPECT_TRUE(!held || late) << "partition " << run.range.partition << " was in hand";
    }
    hands_.push_back({got->consumer, HandedOutIn(*got)});
    if (hands_.size() > 12) hands_.erase(hands_.begin());
  }

  // Some of what somebody was handed at some time, perhaps long ago.
  void Settle() {
    if (hands_.empty()) return;
    const Hand& hand = hands_[rng_.Below(hands_.size())];
    std::vector<HandedOut> some;
    for (HandedOut part : hand.entries) {
      if (rng_.Percent(30)) continue;
      part.range.begin += rng_.Below(part.range.count());
      part.range.end = part.range.begin + 1 + rng_.Below(part.range.count());
      some.push_back(part);
    }
    PendingEvent event;
    event.consumer = hand.consumer;
    const uint64_t draw = rng_.Below(10);
    event.kind = draw < 6   ? PendingEvent::Kind::kAck
                 : draw < 9 ? PendingEvent::Kind::kNack
                            : PendingEvent::Kind::kExtend;
    if (event.kind == PendingEvent::Kind::kNack) {
      event.of_consumer = true;
      event.nack = static_cast<PendingEvent::Nack>(rng_.Below(3));
      if (rng_.Percent(50)) event.delay_ms = rng_.Below(300);
    }
    EXPECT_OK(group_->Settle(some, event));
  }

  std::map<EntryPlace, Pending> AllPending() {
    std::map<EntryPlace, Pending> all;
    for (uint16_t p = 0; p < kPartitions; ++p) {
      // By id, which in this stream says where it is; the offset follows from the order.
      uint64_t offset = 0;
      EXPECT_OK(group_->VisitPending(EntryId::Min(),
                                     [&](EntryId id, const Pending& pending, std::string_view) {
                                       if (id.seq % kPartitionsMax == p)
                                         all[{p, offset++}] = pending;
                                       return true;
                                     }));
    }
    return all;
  }

  bool AllGone() {
    const absl::StatusOr<GroupInfo> info = group_->Describe();
    EXPECT_OK(info);
    return info->pending == 0 && info->lag == 0;
  }

  void Check() {
    ASSERT_OK(group_->CheckInvariants());
    std::optional<uint16_t> partition;
    std::optional<ConsumerNumber> owner;
    bool waits = false;  // an entry that is to be delivered again
    for (const auto& [place, pending] : AllPending()) {
      if (partition != place.partition) {
        partition = place.partition;
        owner.reset();
        waits = false;
      }
      if (pending.owned()) {
        EXPECT_TRUE(!owner || *owner == pending.owner) << "two consumers have entries of one";
        EXPECT_FALSE(waits) << "an entry was overtaken";
        owner = pending.owner;
      } else {
        waits |= options_.poison == GroupOptions::Poison::kBlock || !AtItsEnd(pending);
      }
    }
  }
  bool AtItsEnd(const Pending& pending) const {
    return pending.count == kNeverAgain ||
           (options_.max_deliveries != 0 && pending.count >= options_.max_deliveries);
  }

  Rng rng_;
  ManualClock clock_;
  GroupOptions options_;
  std::unique_ptr<Log> log_;
  std::shared_ptr<StreamState> stream_;
  std::unique_ptr<LoadedGroup> group_;
  std::vector<Hand> hands_;
};

TEST(GroupOrderModel, NothingOvertakesAndNothingIsLost) {
  const uint64_t first = TestSeed(1);
  for (uint64_t seed = first; seed < first + SoakOr(2000, 40); ++seed) {
    SCOPED_TRACE("EVLOG_SEED=" + std::to_string(seed));
    OrderModel model(seed);
    for (int step = 0; step < 300; ++step) {
      model.Step();
      if (::testing::Test::HasFailure()) return;
    }
    model.Drain();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace evlog
