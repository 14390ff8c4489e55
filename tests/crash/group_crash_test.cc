// T1 with consumer groups: whoever is killed and when, each entry is still to be delivered, or
// pending, or acknowledged, or a dead letter; what was acknowledged never comes again, and what was
// acknowledged in the commit that did the work was done once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "log/base/test_point.h"
#include "tests/crash/accident.h"
#include "tests/crash/child.h"
#include "tests/crash/consumer.h"
#include "tests/support/owned_entry.h"
#include "tests/support/rng.h"
#include "tests/support/soak.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

constexpr const char* kPoints[] = {"committer.before_write", "committer.after_write",
                                   "committer.watermark", "sync.before", "sync.after"};
constexpr uint64_t kCalls = 60;

// An entry in a group, as far as its consumers were told.
struct Known {
  uint32_t deliveries = 0;  // the newest that somebody was told of
  bool ack_tried = false;
  bool nack_tried = false;  // a silent one takes a delivery back
  bool acked = false;
  uint64_t acked_at = 0;  // number of the record that told it
};

class Consuming {
 public:
  explicit Consuming(uint64_t seed) : rng_(seed) {}

  void Round() {
    const Accident accident = Accident::Draw(&rng_, kPoints, 9, 11);
    SCOPED_TRACE(accident.ToString());
    Child child(
        {"--consumer", temp_.Path("log"), std::to_string(rng_.Percent(50) ? 64 << 10 : 4 << 20),
         std::to_string(rng_.Next()), std::to_string(kCalls), std::to_string(next_)},
        accident.crash_at);
    const Child::End end = accident.Befall(&child, [this](const Record& record) { Note(record); });
    ASSERT_NE(end, Child::End::kFailed);
    if (end == Child::End::kKilled) ++killed_;
    Judge();
  }

  uint64_t killed() const { return killed_; }
  uint64_t acked() const { return acked_; }

 private:
  using Key = std::pair<uint16_t, uint64_t>;

  void Note(const Record& record) {
    const uint64_t n = record.first;
    const bool done = record.kind == Record::kAcknowledged;
    if (record.producer == kWorkAdded) {
      next_ = n + 1;
      if (done) added_.insert(n);
      return;
    }
    ++records_;
    if (record.producer == kGiven && !done) {
      reading_since_[{record.partition, record.offset}] = records_;
      return;
    }
    Known& known = known_[{record.partition, n}];
    switch (record.producer) {
      case kGiven:
        // A read that had begun before may tell of it after the acknowledgment.
        EXPECT_FALSE(known.acked &&
                     reading_since_[Key(record.partition, record.offset)] > known.acked_at)
            << n << " came to " << WorkGroup(record.partition)
            << " again after it was acknowledged";
        known.deliveries = std::max(known.deliveries, record.count);
        break;
      case kNacked:
        known.nack_tried = true;
        break;
      default:
        known.ack_tried = true;
        if (!done) break;
        if (record.producer == kBilled) billed_.insert({record.partition, n});
        // Somebody else may have acknowledged it, by a receipt of the shared group.
        if (std::exchange(known.acked, true)) break;
        known.acked_at = records_;
        ++acked_;
    }
  }

  void Judge() {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventLog> log, Open(temp_.Path("log")));
    const absl::StatusOr<std::vector<OwnedEntry>> work = ReadAll(*log, {.stream = kWork});
    if (absl::IsNotFound(work.status()) && added_.empty()) return;
    ASSERT_OK(work);
    std::map<EntryId, uint64_t> numbers;
    for (const OwnedEntry& entry : *work) {
      numbers[entry.id] = std::stoull(std::string(entry.value("n")));
    }
    ASSERT_GE(numbers.size(), added_.size());
    if (!numbers.empty()) {
      for (const auto& [id, n] : numbers) next_ = std::max(next_, n + 1);
    }
    const std::map<Key, int> dead = Marks(*log, kDeadWork, "dead_letter.group");
    const std::map<Key, int> bills = Marks(*log, kBills, "group");
    for (uint16_t g = 0; g < kWorkGroups; ++g) {
      SCOPED_TRACE(WorkGroup(g));
      const absl::StatusOr<Group> group = log->OpenGroup(kWork, WorkGroup(g));
      if (absl::IsNotFound(group.status()) && acked_ == 0) continue;
      ASSERT_OK(group);
      JudgeGroup(g, *group, numbers, dead, bills);
    }
    for (const auto& [key, times] : bills) EXPECT_EQ(times, 1) << key.second << " billed twice";
    for (const Key& key : billed_) EXPECT_TRUE(bills.contains(key)) << key.second;
  }

  // How often a stream has each entry of each group.
  static std::map<Key, int> Marks(EventLog& log, const char* stream, const char* group_field) {
    std::map<Key, int> marks;
    const absl::StatusOr<std::vector<OwnedEntry>> entries = ReadAll(log, {.stream = stream});
    if (absl::IsNotFound(entries.status())) return marks;
    EXPECT_OK(entries);
    for (const OwnedEntry& entry : *entries) {
      uint16_t group = 0;
      while (entry.value(group_field) != WorkGroup(group)) ++group;
      ++marks[{group, std::stoull(std::string(entry.value("n")))}];
    }
    return marks;
  }

  void JudgeGroup(uint16_t g, Group group, const std::map<EntryId, uint64_t>& numbers,
                  const std::map<Key, int>& dead, const std::map<Key, int>& bills) {
    ASSERT_OK_AND_ASSIGN(const std::vector<PendingEntry> list, group.ListPending());
    std::map<uint64_t, PendingEntry> pending;
    std::map<uint64_t, std::string> owners;  // by partition
    for (const PendingEntry& entry : list) {
      ASSERT_TRUE(numbers.contains(entry.id));
      pending[numbers.at(entry.id)] = entry;
      if (OptionsOf(g).order != GroupOptions::Order::kOrdered || entry.consumer.empty()) continue;
      std::string& owner = owners[entry.id.seq % kPartitionsMax];
      EXPECT_TRUE(owner.empty() || owner == entry.consumer) << "two have entries of a partition";
      owner = entry.consumer;
    }
    ASSERT_OK_AND_ASSIGN(const GroupDescription is, group.Describe());
    uint64_t undelivered = 0;
    for (const auto& [id, n] : numbers) {
      const Known known = known_[{g, n}];
      const auto found = pending.find(n);
      const bool is_dead = dead.contains({g, n});
      if (is_dead) {
        EXPECT_EQ(dead.at({g, n}), 1) << n << " is dead twice";
        EXPECT_EQ(found, pending.end()) << n << " is dead, and pending";
      } else if (found != pending.end()) {
        EXPECT_FALSE(known.acked) << n << " is pending after it was acknowledged";
        EXPECT_FALSE(bills.contains({g, n})) << n << " was billed, and is pending";
        if (!known.nack_tried) {
          EXPECT_GE(found->second.deliveries, known.deliveries) << n;
        }
      } else if (!known.ack_tried) {
        ++undelivered;
        EXPECT_EQ(known.deliveries, 0u) << n << " was delivered, and is gone";
      }
      EXPECT_FALSE(known.acked && is_dead) << n << " is dead after it was acknowledged";
    }
    EXPECT_EQ(is.lag, undelivered);
  }

  Rng rng_;
  TempDir temp_;
  uint64_t next_ = 0, killed_ = 0, acked_ = 0;
  std::set<uint64_t> added_;
  std::map<Key, Known> known_;
  std::set<Key> billed_;
  uint64_t records_ = 0;
  std::map<Key, uint64_t> reading_since_;  // of a group's consumer: the record of its last read
};

TEST(GroupCrashTest, NothingIsLostAndNothingAcknowledgedComesAgain) {
  if (!kTestPointsEnabled) GTEST_SKIP() << "a build without test points";
  const uint64_t seed = TestSeed(1);
  const uint64_t rounds = SoakOr(1000, 16);
  constexpr uint64_t kRoundsOfALife = 8;
  std::unique_ptr<Consuming> life;
  uint64_t killed = 0, acked = 0;
  for (uint64_t round = 0; round < rounds; ++round) {
    if (round % kRoundsOfALife == 0) life = std::make_unique<Consuming>(seed + round);
    SCOPED_TRACE("EVLOG_SEED=" + std::to_string(seed) + ", round " + std::to_string(round));
    life->Round();
    if (::testing::Test::HasFailure()) return;
    if (round % kRoundsOfALife == kRoundsOfALife - 1) {
      killed += life->killed();
      acked += life->acked();
    }
  }
  EXPECT_GT(killed, rounds / 4);
  EXPECT_GT(acked, rounds);
}

}  // namespace
}  // namespace evlog
