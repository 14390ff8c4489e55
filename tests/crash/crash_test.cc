// T1: a process that appends is killed, at any moment or at a named place, and so is the one that
// recovers after it. Nothing acknowledged may be lost; docs/testing.md says what is checked.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "evlog/verify.h"
#include "log/base/test_point.h"
#include "tests/crash/child.h"
#include "tests/crash/roles.h"
#include "tests/crash/witness.h"
#include "tests/support/rng.h"
#include "tests/support/soak.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

constexpr const char* kPointsOfWriting[] = {"committer.before_write", "committer.after_write",
                                            "committer.watermark", "sync.before", "sync.after"};
constexpr const char* kPointsOfRecovery[] = {"recovery.after_scan", "recovery.after_cut",
                                             "recovery.after_sync", "recovery.after_open",
                                             "recovery.after_id"};
// How the processes ended; shown at the end, so that one sees what was tried.
struct Tally {
  uint64_t killed = 0;
  uint64_t exited = 0;
  uint64_t killed_in_recovery = 0;
  uint64_t recovered_calmly = 0;
  uint64_t kept = 0;  // entries
};

constexpr uint64_t kCalls = 400;  // of each producer, unless it is killed before

// A directory that goes through several crashes.
class Life {
 public:
  Life(uint64_t seed, Tally* tally) : rng_(seed), tally_(tally) {
    memtable_bytes_ = rng_.Percent(50) ? size_t{64} << 10 : size_t{4} << 20;
  }

  void Round() {
    Write();
    if (rng_.Percent(30)) JudgeUnrecovered();
    for (uint64_t i = rng_.Below(3); i > 0; --i) CrashInRecovery();
    if (!::testing::Test::HasFailure()) Judge();
  }

 private:
  std::string directory() const { return temp_.Path("log"); }

  void Write() {
    std::vector<std::string> arguments = {"--writer", directory(), std::to_string(rng_.Next()),
                                          std::to_string(memtable_bytes_), std::to_string(kCalls)};
    for (uint16_t p = 0; p < kProducers; ++p) {
      arguments.push_back(std::to_string(witness_.next(p)));
    }
    std::string crash_at;
    uint64_t kill_after = UINT64_MAX;
    if (rng_.Percent(50)) {
      crash_at = kPointsOfWriting[rng_.Below(std::size(kPointsOfWriting))];
      crash_at += ":" + std::to_string(1 + rng_.Skewed(9));
    } else {
      kill_after = rng_.Skewed(12);
    }
    SCOPED_TRACE("crash at " + crash_at + ", or kill after " + std::to_string(kill_after));
    Child child(std::move(arguments), crash_at);
    if (kill_after == 0) child.Kill();
    Record record;
    for (uint64_t n = 1; child.Next(&record); ++n) {
      witness_.Add(record);
      if (n == kill_after) child.Kill();
    }
    const Child::End end = child.Wait();
    EXPECT_NE(end, Child::End::kFailed);
    ++(end == Child::End::kKilled ? tally_->killed : tally_->exited);
  }

  void CrashInRecovery() {
    const std::string point = kPointsOfRecovery[rng_.Below(std::size(kPointsOfRecovery))];
    Child child({"--opener", directory(), std::to_string(memtable_bytes_)}, point + ":1");
    const Child::End end = child.Wait();
    EXPECT_NE(end, Child::End::kFailed) << point;
    ++(end == Child::End::kKilled ? tally_->killed_in_recovery : tally_->recovered_calmly);
  }

  // Readers do not wait for a recovery.
  void JudgeUnrecovered() {
    const absl::StatusOr<std::unique_ptr<EventLog>> reader = OpenReadOnly(directory());
    if (absl::IsNotFound(reader.status()) || absl::IsFailedPrecondition(reader.status())) return;
    if (witness_.kept() == 0 && !reader.ok()) return;  // killed while the log was made
    ASSERT_OK(reader);
    witness_.JudgeView(**reader, Durability::kOs);
  }

  void Judge() {
    OpenOptions options;
    options.memtable_bytes = memtable_bytes_;
    absl::StatusOr<std::unique_ptr<EventLog>> log = Open(directory(), options);
    ASSERT_OK(log);
    const uint64_t before = witness_.kept();
    witness_.Judge(**log, Durability::kOs);
    tally_->kept += witness_.kept() - before;
    const absl::StatusOr<std::unique_ptr<EventLog>> reader = OpenReadOnly(directory());
    ASSERT_OK(reader);
    witness_.JudgeView(**reader, Durability::kAsync);
    // And it goes on.
    absl::StatusOr<Stream> stream = (*log)->OpenStream("rounds");
    ASSERT_OK(stream);
    const absl::StatusOr<AppendResult> result = stream->Append({{"round", "x"}});
    ASSERT_OK(result);
    ASSERT_EQ(result->offset, rounds_++);
    if (!rng_.Percent(25)) return;
    ASSERT_OK((*log)->Close());
    log->reset();
    const absl::StatusOr<VerifyReport> report = VerifyDirectory(directory());
    ASSERT_OK(report);
    EXPECT_THAT(report->findings, ::testing::IsEmpty());
    EXPECT_EQ(report->entries, witness_.kept() + rounds_);
  }

  Rng rng_;
  Tally* const tally_;
  TempDir temp_;
  size_t memtable_bytes_;
  Witness witness_;
  uint64_t rounds_ = 0;
};

TEST(CrashTest, LosesNothingAcknowledged) {
  if (!kTestPointsEnabled) GTEST_SKIP() << "a build without test points";
  const uint64_t seed = TestSeed(1);
  const uint64_t rounds = SoakOr(1000, 24);
  constexpr uint64_t kRoundsOfALife = 8;
  std::unique_ptr<Life> life;
  Tally tally;
  for (uint64_t round = 0; round < rounds; ++round) {
    if (round % kRoundsOfALife == 0) life = std::make_unique<Life>(seed + round, &tally);
    SCOPED_TRACE("EVLOG_SEED=" + std::to_string(seed) + ", round " + std::to_string(round));
    life->Round();
    if (::testing::Test::HasFailure()) return;
  }
  fmt::print(
      "{} entries kept by processes of which {} were killed and {} ended; in recovery {} were "
      "killed, {} ended\n",
      tally.kept, tally.killed, tally.exited, tally.killed_in_recovery, tally.recovered_calmly);
  EXPECT_GT(tally.kept, rounds * 10) << "the processes die before they do anything";
  EXPECT_GT(tally.killed, rounds / 2) << "too few of them die";
}

TEST(CrashTest, AFirstOpeningThatIsKilledIsFinishedByTheNext) {
  if (!kTestPointsEnabled) GTEST_SKIP() << "a build without test points";
  for (const std::string point :
       {"recovery.after_sync", "recovery.after_open", "recovery.after_id"}) {
    SCOPED_TRACE(point);
    const TempDir temp;
    const std::string directory = temp.Path("log");
    for (int i = 0; i < 2; ++i) {  // also the one that would finish it
      Child child({"--opener", directory, "65536"}, point + ":1");
      ASSERT_EQ(child.Wait(), Child::End::kKilled);
    }
    for (uint64_t offset = 0; offset < 2; ++offset) {
      ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventLog> log, Open(directory));
      ASSERT_OK_AND_ASSIGN(Stream stream, log->OpenStream("s"));
      ASSERT_OK_AND_ASSIGN(const AppendResult result, stream.Append({{"v", "x"}}));
      EXPECT_EQ(result.offset, offset);
    }
    EXPECT_OK(OpenReadOnly(directory));
  }
}

}  // namespace
}  // namespace evlog

int main(int argc, char** argv) {
  evlog::PlayRole(argc, argv);
  ::testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
