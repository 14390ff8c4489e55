// Exactly once over kill -9: a projection that counts and sums is killed at random moments and goes
// on; its state is always that of the entries up to its position, and what it appended is there
// once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "embedded/projection_rows.h"
#include "log/base/test_point.h"
#include "tests/crash/child.h"
#include "tests/crash/projector.h"
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

class Projecting {
 public:
  explicit Projecting(uint64_t seed) : rng_(seed) {}

  void Round() {
    if (rng_.Percent(30)) ++version_;
    std::string crash_at;
    uint64_t kill_after = UINT64_MAX;
    if (rng_.Percent(50)) {
      crash_at = std::string(kPoints[rng_.Below(std::size(kPoints))]) + ":" +
                 std::to_string(1 + rng_.Skewed(7));
    } else {
      kill_after = 1 + rng_.Skewed(8);
    }
    SCOPED_TRACE("version " + std::to_string(version_) + ", crash at " + crash_at +
                 ", or kill after " + std::to_string(kill_after));
    Child child(
        {"--projector", temp_.Path("log"), std::to_string(rng_.Percent(50) ? 64 << 10 : 4 << 20),
         std::to_string(rng_.Next()), std::to_string(kCalls), std::to_string(version_)},
        crash_at);
    Record record;
    for (uint64_t n = 1; child.Next(&record); ++n) {
      if (n == kill_after) child.Kill();
    }
    ASSERT_NE(child.Wait(), Child::End::kFailed);
    absl::StatusOr<std::unique_ptr<EventLog>> log = Open(temp_.Path("log"));
    ASSERT_OK(log);
    JudgeAll(**log);
    if (!rng_.Percent(30)) return;
    {
      ASSERT_OK_AND_ASSIGN(Projection fold, OpenFold(**log, version_, 100));
      ASSERT_OK(fold.RunOnce());
    }
    JudgeAll(**log);
    ASSERT_OK_AND_ASSIGN(const std::vector<ProjectionInfo> infos,
                         DescribeProjection(**log, kFoldName));
    ASSERT_EQ(infos.size(), 1u);
    EXPECT_EQ(infos[0].version, version_);
    EXPECT_TRUE(infos[0].current);
    EXPECT_EQ(infos[0].lag_commits, 0u);
  }

  uint64_t judged() const { return judged_; }

 private:
  void JudgeAll(EventLog& log) {
    ASSERT_OK_AND_ASSIGN(const std::vector<ProjectionInfo> infos,
                         DescribeProjection(log, kFoldName));
    for (const ProjectionInfo& info : infos) Judge(log, info);
  }

  void Judge(EventLog& log, const ProjectionInfo& info) {
    SCOPED_TRACE("the state of version " + std::to_string(info.version) + " at " +
                 info.position.ToString());
    ASSERT_OK_AND_ASSIGN(const auto fold, FoldOf(log, info.version, info.position));
    ASSERT_OK_AND_ASSIGN(const auto rows, log.ListState(ProjectionSpace(kFoldName, info.version)));
    std::map<std::string, uint64_t> state;
    for (const auto& [key, value] : rows) state[key] = std::stoull(value);
    EXPECT_EQ(state, fold);
    const auto all = fold.find("all");
    EXPECT_EQ(info.entries, all == fold.end() ? 0 : all->second);
    ASSERT_OK_AND_ASSIGN(const std::vector<OwnedEntry> out,
                         ReadAll(log, {.stream = OutOf(info.version)}));
    EXPECT_EQ(out.size(), info.entries);
    for (size_t i = 0; i < out.size(); ++i) ASSERT_EQ(out[i].value("n"), std::to_string(i + 1));
    judged_ += info.entries;
  }

  Rng rng_;
  TempDir temp_;
  uint64_t version_ = 1;
  uint64_t judged_ = 0;
};

TEST(ProjectionCrashTest, TheStateIsTheFoldOfTheLog) {
  if (!kTestPointsEnabled) GTEST_SKIP() << "a build without test points";
  const uint64_t seed = TestSeed(1);
  const uint64_t rounds = SoakOr(400, 24);
  constexpr uint64_t kRoundsOfALife = 8;
  std::unique_ptr<Projecting> life;
  uint64_t judged = 0;
  for (uint64_t round = 0; round < rounds; ++round) {
    if (round % kRoundsOfALife == 0) life = std::make_unique<Projecting>(seed + round);
    SCOPED_TRACE("EVLOG_SEED=" + std::to_string(seed) + ", round " + std::to_string(round));
    life->Round();
    judged += life->judged();
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_GT(judged, 100u) << "the children were killed before they did anything";
}

}  // namespace
}  // namespace evlog
