// T1 for appends that are repeated: a producer is killed, begins again some way back, and no entry
// is there twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "log/base/test_point.h"
#include "tests/crash/accident.h"
#include "tests/crash/child.h"
#include "tests/crash/repeater.h"
#include "tests/support/owned_entry.h"
#include "tests/support/rng.h"
#include "tests/support/soak.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

constexpr const char* kPoints[] = {"committer.before_write", "committer.after_write",
                                   "committer.watermark", "sync.before", "sync.after"};
constexpr uint64_t kCalls = 200;
// How far back a producer begins; within its window.
constexpr uint64_t kBack = 50;

class Repeating {
 public:
  explicit Repeating(uint64_t seed) : rng_(seed) {}

  void Round() {
    std::vector<std::string> arguments = {"--repeater", temp_.Path("log"),
                                          std::to_string(rng_.Percent(50) ? 64 << 10 : 4 << 20),
                                          std::to_string(rng_.Next()), std::to_string(kCalls)};
    for (int i = 0; i < kRepeatedStreams; ++i) {
      const uint64_t back = RepeatsLastOnly(i) ? 0 : rng_.Below(kBack);
      arguments.push_back(std::to_string(acknowledged_[i] - std::min(acknowledged_[i], back)));
    }
    const Accident accident = Accident::Draw(&rng_, kPoints, 8, 10);
    SCOPED_TRACE(accident.ToString());
    Child child(std::move(arguments), accident.crash_at);
    const Child::End end = accident.Befall(&child, [this](const Record& record) { Note(record); });
    ASSERT_NE(end, Child::End::kFailed);
    Judge();
  }

 private:
  void Note(const Record& record) {
    if (record.kind != Record::kAcknowledged) return;
    ASSERT_EQ(record.offset, record.first);
    uint64_t& acknowledged = acknowledged_[record.producer];
    acknowledged = std::max(acknowledged, record.first + 1);
  }

  void Judge() {
    absl::StatusOr<std::unique_ptr<EventLog>> log = Open(temp_.Path("log"));
    ASSERT_OK(log);
    for (int i = 0; i < kRepeatedStreams; ++i) {
      SCOPED_TRACE(RepeatedStream(i));
      const absl::StatusOr<std::vector<OwnedEntry>> entries =
          ReadAll(**log, {.stream = RepeatedStream(i)});
      if (absl::IsNotFound(entries.status()) && acknowledged_[i] == 0) continue;
      ASSERT_OK(entries);
      // At most the last one was not acknowledged.
      ASSERT_GE(entries->size(), acknowledged_[i]);
      ASSERT_LE(entries->size(), acknowledged_[i] + 1);
      for (size_t n = 0; n < entries->size(); ++n) {
        ASSERT_EQ((*entries)[n].value("n"), std::to_string(n));
      }
    }
  }

  Rng rng_;
  TempDir temp_;
  // How many appends of each stream were acknowledged.
  std::vector<uint64_t> acknowledged_ = std::vector<uint64_t>(kRepeatedStreams);
};

TEST(RepeatTest, NothingIsThereTwice) {
  if (!kTestPointsEnabled) GTEST_SKIP() << "a build without test points";
  const uint64_t seed = TestSeed(1);
  const uint64_t rounds = SoakOr(400, 16);
  constexpr uint64_t kRoundsOfALife = 8;
  std::unique_ptr<Repeating> life;
  for (uint64_t round = 0; round < rounds; ++round) {
    if (round % kRoundsOfALife == 0) life = std::make_unique<Repeating>(seed + round);
    SCOPED_TRACE("EVLOG_SEED=" + std::to_string(seed) + ", round " + std::to_string(round));
    life->Round();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace evlog
