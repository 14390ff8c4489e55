// T1 for routes: a process that publishes is killed. What Publish has answered is in the streams.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "evlog/verify.h"
#include "log/base/test_point.h"
#include "tests/crash/accident.h"
#include "tests/crash/child.h"
#include "tests/crash/route_witness.h"
#include "tests/support/rng.h"
#include "tests/support/soak.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

constexpr const char* kPoints[] = {"committer.before_write", "committer.after_write",
                                   "committer.watermark", "sync.before", "sync.after"};
constexpr uint64_t kCalls = 200;  // of each publisher, unless it is killed before

// A directory that goes through several crashes.
class Routing {
 public:
  explicit Routing(uint64_t seed)
      : rng_(seed), memtable_bytes_(rng_.Percent(50) ? size_t{64} << 10 : size_t{4} << 20) {}

  uint64_t killed() const { return killed_; }
  uint64_t kept() const { return witness_.kept(); }

  void Round() {
    Publish();
    if (!::testing::Test::HasFailure()) Judge();
  }

 private:
  void Publish() {
    std::vector<std::string> arguments = {"--publisher", temp_.Path("log"),
                                          std::to_string(rng_.Next()),
                                          std::to_string(memtable_bytes_), std::to_string(kCalls)};
    for (uint16_t p = 0; p < kPublishers; ++p)
      arguments.push_back(std::to_string(witness_.next(p)));
    const Accident accident = Accident::Draw(&rng_, kPoints, 9, 10);
    SCOPED_TRACE(accident.ToString());
    Child child(std::move(arguments), accident.crash_at);
    const Child::End end =
        accident.Befall(&child, [this](const Record& record) { witness_.Add(record); });
    ASSERT_NE(end, Child::End::kFailed);
    if (end == Child::End::kKilled) ++killed_;
  }

  void Judge() {
    OpenOptions options;
    options.memtable_bytes = memtable_bytes_;
    const absl::StatusOr<std::unique_ptr<EventLog>> log = Open(temp_.Path("log"), options);
    ASSERT_OK(log);
    witness_.Judge(**log, Durability::kOs);
    if (!rng_.Percent(25)) return;
    ASSERT_OK((*log)->Close());
    const absl::StatusOr<VerifyReport> report = VerifyDirectory(temp_.Path("log"));
    ASSERT_OK(report);
    EXPECT_THAT(report->findings, ::testing::IsEmpty());
    EXPECT_EQ(report->entries, witness_.kept());
  }

  const TempDir temp_;
  Rng rng_;
  const size_t memtable_bytes_;
  RouteWitness witness_;
  uint64_t killed_ = 0;
};

TEST(RouteCrashTest, LosesNothingThatPublishHasAcknowledged) {
  if (!kTestPointsEnabled) GTEST_SKIP() << "a build without test points";
  const uint64_t seed = TestSeed(1);
  const uint64_t lives = SoakOr(100, 2);
  constexpr uint64_t kRounds = 5;
  uint64_t kept = 0, killed = 0;
  for (uint64_t life = 0; life < lives; ++life) {
    Routing routing(seed + life);
    for (uint64_t round = 0; round < kRounds; ++round) {
      SCOPED_TRACE(fmt::format("EVLOG_SEED={}, round {}", seed + life, round));
      routing.Round();
      if (::testing::Test::HasFailure()) return;
    }
    kept += routing.kept();
    killed += routing.killed();
  }
  fmt::print("{} entries kept by {} processes of which {} were killed\n", kept, lives * kRounds,
             killed);
  EXPECT_GT(kept, lives * kRounds * 10) << "the processes die before they do anything";
  EXPECT_GT(killed, lives * kRounds / 2) << "too few of them die";
}

}  // namespace
}  // namespace evlog
