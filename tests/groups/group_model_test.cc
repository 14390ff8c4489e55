// A group against a plain map of its pending entries: random operations, and the group read back
// from its rows at any time.
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "groups/group_journal.h"
#include "groups/group_state.h"
#include "gtest/gtest.h"
#include "log/key_codec.h"
#include "tests/support/mem_fs.h"
#include "tests/support/rng.h"
#include "tests/support/soak.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

constexpr uint16_t kPartitions = 3;
constexpr int kConsumers = 4;
const GroupId kGroup{StreamId(7), GroupNumber(9)};

EntryId IdOf(EntryPlace place) {
  // Rising in a partition, its number below; several to a ms, and steps of any size.
  return {1'000 + place.offset / 5, ((place.offset % 5) << kPartitionBits) | place.partition};
}

IdRuns IdsOf(const PlaceRange& range) {
  IdRuns ids;
  for (uint64_t i = range.begin; i < range.end; ++i) {
    AppendRun(&ids, {IdOf({range.partition, i}), 1, 1});
  }
  return ids;
}

std::string EncodeHead(std::string head) { return head; }

class GroupModel {
 public:
  explicit GroupModel(uint64_t seed) : rng_(seed) {
    StoreOptions options;
    absl::StatusOr<std::unique_ptr<Store>> store =
        Store::Open("/log", options, StoreEnvironment{NewMemFs()});
    EXPECT_OK(store);
    store_ = *std::move(store);
    policy_.ack_wait_ms = 500;
    policy_.max_deliveries = 5;
    policy_.dead_letters = true;
    Make();
    std::vector<Row> rows;
    journal_->Begin(EncodeHead, &rows);
    Save(std::move(rows));
  }

  void Step() {
    now_ += rng_.Below(100);
    GroupChange change;
    absl::StatusOr<ConsumerNumber> number =
        state_->SeeConsumer("consumer" + std::to_string(rng_.Below(kConsumers)), now_, &change);
    ASSERT_OK(number);
    switch (rng_.Below(10)) {
      case 0:
      case 1:
      case 2:
        Deliver(*number, &change);
        break;
      case 3:
        Redeliver(*number, &change);
        break;
      case 4:
        Remove(*number, &change);
        break;
      case 5:
        if (rng_.Percent(10)) Seek(&change);
        break;
      default:
        Send(*number, &change);
    }
    if (rng_.Percent(20)) GroupState::NoteActive(*number, now_, &change);
    if (growing_ != nullptr && rng_.Percent(60)) {
      journal_->Grow(change);
      growing_->Add(change, nullptr);
    } else {
      SaveGrowing();
      WriteNew(change);
    }
    if (rng_.Percent(1)) {
      SaveGrowing();
      std::vector<Row> rows;
      journal_->WriteAll(EncodeHead, &rows);
      Save(std::move(rows));
    }
  }

  void Check() {
    ASSERT_OK(state_->CheckInvariants());
    std::map<EntryPlace, Pending> pending;
    for (uint16_t p = 0; p < kPartitions; ++p) {
      state_->pending().Visit({p, 0, UINT64_MAX}, [&](const PlaceRun& run) {
        for (uint64_t i = run.range.begin; i < run.range.end; ++i) pending[{p, i}] = run.pending;
        return true;
      });
      ASSERT_EQ(state_->position(p).next_offset, next_[p]);
    }
    ASSERT_EQ(pending, model_);
    for (const auto& [place, unused] : model_) {
      ASSERT_EQ(state_->pending().IdAt(place), IdOf(place));
    }
    CheckOrders();
  }

  void Reload() {
    SaveGrowing();
    const std::vector<ConsumerState> before = Consumers();
    const uint64_t entries_read = state_->entries_read(), sequence = journal_->sequence();
    Make();
    const absl::StatusOr<std::optional<std::string>> head =
        store_->Get(Family::kGroups, EncodeGroupKey(kGroup).view());
    ASSERT_OK(head);
    ASSERT_TRUE(head->has_value());
    ASSERT_OK(journal_->Load(*store_, **head));
    EXPECT_EQ(Consumers(), before);
    EXPECT_EQ(state_->entries_read(), entries_read);
    EXPECT_EQ(journal_->sequence(), sequence);
  }

  uint64_t JournalRows() const {
    uint64_t count = 0;
    StoreIterator rows = store_->ScanAll(Family::kJournal);
    for (rows.SeekToFirst(); rows.Valid(); rows.Next()) ++count;
    return count;
  }

 private:
  void WriteNew(const GroupChange& change) {
    std::vector<Row> rows;
    if (rng_.Percent(50)) {
      growing_ = journal_->WriteGrowing(change, EncodeHead, &rows);
      growing_->Add(change, nullptr);
      beside_ = std::move(rows);
      return;
    }
    journal_->Write(change, EncodeHead, &rows);
    Save(std::move(rows));
  }
  void SaveGrowing() {
    if (growing_ == nullptr) return;
    beside_.push_back(std::exchange(growing_, nullptr)->Finish());
    Save(std::exchange(beside_, {}));
  }

  void Make() {
    journal_.reset();
    state_ = std::make_unique<GroupState>(kPartitions);
    state_->SetPolicy(policy_);
    journal_ = std::make_unique<GroupJournal>(kGroup, state_.get());
  }

  std::vector<ConsumerState> Consumers() const {
    std::vector<ConsumerState> all;
    state_->VisitConsumers(
        [&all](ConsumerNumber, const ConsumerState& consumer) { all.push_back(consumer); });
    return all;
  }

  void Save(std::vector<Row> rows) {
    store_->Attach(&batch_);
    batch_.Begin(CommitMark{MarkKind::kCommit, ++commit_, 0});
    for (const Row& row : rows) {
      if (row.value) {
        batch_.Put(row.family, row.key, *row.value);
      } else {
        batch_.Delete(row.family, row.key);
      }
    }
    ASSERT_OK(store_->Write(batch_));
  }

  PlaceRange AnyRange() {
    const auto partition = static_cast<uint16_t>(rng_.Below(kPartitions));
    const uint64_t begin = rng_.Below(next_[partition] + 1);
    const uint64_t size = rng_.Percent(80) ? 5 : 3 * kBlockOffsets;
    return {partition, begin, std::min(next_[partition], begin + 1 + rng_.Below(size))};
  }

  void Deliver(ConsumerNumber consumer, GroupChange* change) {
    const auto partition = static_cast<uint16_t>(rng_.Below(kPartitions));
    uint64_t begin = next_[partition];
    if (rng_.Percent(10)) begin += rng_.Below(2 * kBlockOffsets);  // what is between is deleted
    const uint64_t size = rng_.Percent(95) ? 10 : kBlockOffsets;
    const PlaceRange range{partition, begin, begin + 1 + rng_.Below(size)};
    const bool acknowledged = rng_.Percent(5);
    state_->Deliver(range, IdsOf(range), consumer, now_, acknowledged, change);
    next_[partition] = range.end;
    for (uint64_t i = range.begin; i < range.end; ++i) {
      if (!acknowledged) model_[{partition, i}] = {now_, 1, consumer};
    }
  }

  void Take(const std::vector<GroupState::Outcome>& outcomes) {
    for (const GroupState::Outcome& outcome : outcomes) {
      const PlaceRange& range = outcome.was.range;
      for (uint64_t i = range.begin; i < range.end; ++i) {
        if (outcome.now.effect == PendingTransition::Effect::kSet) {
          model_[{range.partition, i}] = outcome.now.next;
        } else {
          model_.erase({range.partition, i});
        }
      }
    }
  }

  void Send(ConsumerNumber consumer, GroupChange* change) {
    PendingEvent event;
    event.kind = static_cast<PendingEvent::Kind>(
        rng_.Between(static_cast<uint64_t>(PendingEvent::Kind::kReread),
                     static_cast<uint64_t>(PendingEvent::Kind::kOrphan)));
    if (rng_.Percent(30)) event.kind = PendingEvent::Kind::kAck;
    event.consumer = consumer;
    event.now_ms = now_;
    event.min_idle_ms = rng_.Below(500);
    event.force = rng_.Percent(20);
    if (rng_.Percent(50)) event.delay_ms = rng_.Below(1000);
    event.nack = static_cast<PendingEvent::Nack>(rng_.Below(3));
    const PlaceRange range = AnyRange();
    if (range.begin >= range.end) return;
    // The machine itself has a test of its own: here, each entry by itself is what runs must be.
    std::map<EntryPlace, Pending> expected = model_;
    for (uint64_t i = range.begin; i < range.end; ++i) {
      const auto it = model_.find({range.partition, i});
      const std::optional<Pending> was =
          it == model_.end() ? std::nullopt : std::optional<Pending>(it->second);
      const PendingTransition now = Apply(was, event, policy_);
      if (now.effect == PendingTransition::Effect::kNone) continue;
      expected.erase({range.partition, i});
      if (now.effect == PendingTransition::Effect::kSet) expected[{range.partition, i}] = now.next;
    }
    std::vector<GroupState::Outcome> outcomes;
    state_->Send(range, event, IdsOf(range), change, &outcomes);
    Take(outcomes);
    EXPECT_EQ(model_, expected);
  }

  void Redeliver(ConsumerNumber consumer, GroupChange* change) {
    PendingEvent event;
    event.kind = PendingEvent::Kind::kRedeliver;
    event.consumer = consumer;
    event.now_ms = now_;
    std::vector<GroupState::Outcome> outcomes;
    for (const PlaceRun& run : state_->pending().Due(now_, 20)) {
      state_->Send(run.range, event, {}, change, &outcomes);
    }
    Take(outcomes);
  }

  void Remove(ConsumerNumber number, GroupChange* change) {
    if (state_->consumer(number) == nullptr || rng_.Percent(70)) return;
    change->consumers.clear();
    const bool forget = rng_.Percent(50);
    state_->RemoveConsumer(number, forget, now_, change);
    for (auto it = model_.begin(); it != model_.end();) {
      if (it->second.owner == number) {
        if (forget) {
          it = model_.erase(it);
          continue;
        }
        it->second.owner = kNobody;
        it->second.ms = now_;
      }
      ++it;
    }
  }

  void Seek(GroupChange* change) {
    std::vector<GroupPosition> positions;
    const bool forget = rng_.Percent(50);
    for (uint16_t p = 0; p < kPartitions; ++p) {
      next_[p] = rng_.Below(next_[p] + 1);
      positions.push_back({next_[p], next_[p] == 0 ? EntryId::Min() : IdOf({p, next_[p] - 1})});
      if (!forget) continue;
      model_.erase(model_.lower_bound({p, next_[p]}), model_.upper_bound({p, UINT64_MAX}));
    }
    state_->Seek(positions, forget, change);
  }

  void CheckOrders() {
    const uint64_t limit = 1 + rng_.Below(30), until = now_ - rng_.Below(600);
    std::vector<uint64_t> ages, dues;
    for (const auto& [place, pending] : model_) {
      if (pending.ms <= until) ages.push_back(pending.ms);
      if (DueMs(pending, policy_) <= now_) dues.push_back(DueMs(pending, policy_));
    }
    const auto first = [limit](std::vector<uint64_t> times) {
      std::sort(times.begin(), times.end());
      times.resize(std::min<size_t>(times.size(), limit));
      return times;
    };
    std::vector<uint64_t> got;
    for (const PlaceRun& run : state_->pending().Oldest(until, limit)) {
      got.insert(got.end(), run.range.count(), run.pending.ms);
    }
    ASSERT_EQ(got, first(ages));
    got.clear();
    for (const PlaceRun& run : state_->pending().Due(now_, limit)) {
      got.insert(got.end(), run.range.count(), DueMs(run.pending, policy_));
    }
    ASSERT_EQ(got, first(dues));
    // By id, over the partitions.
    const EntryId from{1'000 + rng_.Below(3000), 0};
    std::vector<EntryId> ids, expected;
    for (const auto& [place, unused] : model_) {
      if (IdOf(place) >= from) expected.push_back(IdOf(place));
    }
    std::sort(expected.begin(), expected.end());
    state_->pending().VisitById(from, [&](const PlaceRun& run, EntryId id) {
      EXPECT_EQ(id, IdOf({run.range.partition, run.range.begin}));
      for (uint64_t i = run.range.begin; i < run.range.end; ++i) {
        ids.push_back(IdOf({run.range.partition, i}));
      }
      return true;
    });
    ASSERT_EQ(ids, expected);
  }

  Rng rng_;
  std::unique_ptr<Store> store_;
  StoreBatch batch_;
  uint64_t commit_ = 0;
  uint64_t now_ = 1'000'000;
  PendingPolicy policy_;
  std::unique_ptr<GroupState> state_;
  std::unique_ptr<GroupJournal> journal_;
  std::shared_ptr<GrowingRecord> growing_;
  std::vector<Row> beside_;  // the rows of its request

  std::map<EntryPlace, Pending> model_;
  uint64_t next_[kPartitions] = {};
};

TEST(GroupModel, IsAsAMapOfItsEntriesAlsoReadBack) {
  const uint64_t first = TestSeed(1);
  for (uint64_t seed = first; seed < first + SoakOr(300, 6); ++seed) {
    SCOPED_TRACE("EVLOG_SEED=" + std::to_string(seed));
    GroupModel group(seed);
    for (int step = 0; step < 2500; ++step) {
      group.Step();
      if (step % 50 == 0) group.Check();
      if (step % 300 == 0) {
        group.Reload();
        group.Check();
      }
      if (::testing::Test::HasFailure()) return;
    }
    EXPECT_LE(group.JournalRows(), kJournalSlots);
  }
}

}  // namespace
}  // namespace evlog
