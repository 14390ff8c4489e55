// Delayed appends over kill -9: each that has a ticket is appended once or still waits, and what
// was taken back never comes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "evlog/verify.h"
#include "log/base/test_point.h"
#include "tests/crash/accident.h"
#include "tests/crash/child.h"
#include "tests/crash/delayer.h"
#include "tests/support/manual_clock.h"
#include "tests/support/owned_entry.h"
#include "tests/support/rng.h"
#include "tests/support/soak.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

constexpr const char* kPoints[] = {"committer.before_write",
                                   "committer.after_write",
                                   "committer.watermark",
                                   "sync.before",
                                   "sync.after",
                                   "scheduler.scheduled"};
constexpr uint64_t kCalls = 150;

class Delaying {
 public:
  explicit Delaying(uint64_t seed) : rng_(seed) {}

  void Round() {
    const Accident accident = Accident::Draw(&rng_, kPoints, 8, 9);
    SCOPED_TRACE(accident.ToString());
    Child child(
        {"--delayer", temp_.Path("log"), std::to_string(rng_.Percent(50) ? 64 << 10 : 4 << 20),
         std::to_string(rng_.Next()), std::to_string(kCalls), std::to_string(next_)},
        accident.crash_at);
    const Child::End end = accident.Befall(&child, [this](const Record& record) { Note(record); });
    ASSERT_NE(end, Child::End::kFailed);
    if (end == Child::End::kKilled) ++killed_;
    // A clock at which nothing is due: what is found stands still.
    ManualClock clock(absl::UnixEpoch());
    Judge(clock, false);
  }

  // Everything falls due, and the log is whole.
  void End() {
    ManualClock clock(absl::FromCivil(absl::CivilDay(2300, 1, 1), absl::UTCTimeZone()));
    Judge(clock, true);
    ASSERT_OK_AND_ASSIGN(const VerifyReport report, VerifyDirectory(temp_.Path("log")));
    EXPECT_THAT(report.findings, ::testing::IsEmpty());
  }

  uint64_t appended() const { return appended_; }
  uint64_t waited() const { return waited_; }
  uint64_t taken_back() const { return gone_.size(); }
  uint64_t killed() const { return killed_; }

 private:
  void Note(const Record& record) {
    const uint64_t n = record.first;
    const bool done = record.kind == Record::kAcknowledged;
    if (record.producer == kDelayed) {
      next_ = n + 1;
      if (done) tickets_[n] = {record.first_id.ms, record.first_id.seq};
    } else if (!done) {
      maybe_gone_.insert(n);
    } else {
      maybe_gone_.erase(n);
      // What was not there was appended, unless it had been taken back before.
      if (record.count == 1) {
        EXPECT_TRUE(gone_.insert(n).second) << n << " was taken back twice";
      }
    }
  }

  void Judge(ManualClock& clock, bool all_due) {
    OpenOptions options;
    options.clock = &clock;
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventLog> log, Open(temp_.Path("log"), options));
    if (all_due) {
      ASSERT_OK(log->Maintain());
    }
    std::map<uint64_t, uint32_t> found;  // entries of each batch
    for (uint64_t stream = 0; stream < kDelayedStreams; ++stream) {
      const absl::StatusOr<std::vector<OwnedEntry>> entries =
          ReadAll(*log, {.stream = DelayedStream(stream)});
      if (absl::IsNotFound(entries.status())) continue;
      ASSERT_OK(entries);
      for (const OwnedEntry& entry : *entries) {
        const uint64_t n = std::stoull(std::string(entry.value("n")));
        ASSERT_EQ(DelayedStream(n), DelayedStream(stream));
        ++found[n];
      }
    }
    ASSERT_OK_AND_ASSIGN(const std::vector<ScheduledAppend> list, log->ListScheduled());
    std::map<uint64_t, Ticket> waiting;
    for (const ScheduledAppend& one : list) {
      ASSERT_OK(one.status);
      const uint64_t n = std::stoull(one.fields.at(0).second);
      ASSERT_TRUE(waiting.emplace(n, one.ticket).second) << n << " waits twice";
    }
    ASSERT_TRUE(waiting.empty() || !all_due);
    appended_ = found.size();
    for (uint64_t n = 0; n < next_; ++n) JudgeOne(n, found[n], waiting);
    waited_ += waiting.size();
  }

  void JudgeOne(uint64_t n, uint32_t entries, const std::map<uint64_t, Ticket>& waiting) {
    SCOPED_TRACE("batch " + std::to_string(n));
    ASSERT_TRUE(entries == 0 || entries == SizeOfDelayed(n)) << entries << " entries";
    const auto waits = waiting.find(n);
    ASSERT_FALSE(entries != 0 && waits != waiting.end()) << "it is there, and would come again";
    const bool there = entries != 0 || waits != waiting.end();
    if (gone_.contains(n)) {
      ASSERT_FALSE(there) << "it was taken back";
    } else if (const auto ticket = tickets_.find(n); ticket != tickets_.end()) {
      ASSERT_TRUE(there || maybe_gone_.contains(n)) << "it is lost";
      ASSERT_TRUE(waits == waiting.end() || waits->second == ticket->second);
    }
  }

  Rng rng_;
  TempDir temp_;
  uint64_t next_ = 0;
  std::map<uint64_t, Ticket> tickets_;  // that were answered
  std::set<uint64_t> gone_;             // taken back
  std::set<uint64_t> maybe_gone_;       // while the process died
  uint64_t appended_ = 0;
  uint64_t waited_ = 0;
  uint64_t killed_ = 0;
};

TEST(DelayCrashTest, EachIsAppendedOnceOrStillWaits) {
  if (!kTestPointsEnabled) GTEST_SKIP() << "a build without test points";
  const uint64_t seed = TestSeed(1);
  const uint64_t lives = SoakOr(60, 4);
  constexpr uint64_t kRoundsOfALife = 8;
  uint64_t appended = 0, waited = 0, taken_back = 0, killed = 0;
  for (uint64_t i = 0; i < lives; ++i) {
    SCOPED_TRACE("EVLOG_SEED=" + std::to_string(seed) + ", life " + std::to_string(i));
    Delaying life(seed + i);
    for (uint64_t round = 0; round < kRoundsOfALife; ++round) {
      SCOPED_TRACE("round " + std::to_string(round));
      life.Round();
      if (::testing::Test::HasFailure()) return;
    }
    life.End();
    if (::testing::Test::HasFailure()) return;
    appended += life.appended();
    waited += life.waited();
    taken_back += life.taken_back();
    killed += life.killed();
  }
  std::printf("%lu batches appended, %lu found waiting after a crash, %lu taken back, %lu kills\n",
              appended, waited, taken_back, killed);
  EXPECT_GT(appended, lives * 10);
  EXPECT_GT(waited, lives);
  EXPECT_GT(taken_back, lives);
  EXPECT_GT(killed, lives * kRoundsOfALife / 2);
}

}  // namespace
}  // namespace evlog
