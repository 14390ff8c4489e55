// Beside the owner: another process reads, follows, lists, verifies and backs up a directory whose
// owner appends, trims, flushes and compacts, is killed and comes back.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "evlog/backup.h"
#include "evlog/verify.h"
#include "log/base/test_point.h"
#include "tests/crash/child.h"
#include "tests/crash/owner.h"
#include "tests/support/owned_entry.h"
#include "tests/support/rng.h"
#include "tests/support/soak.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

constexpr uint64_t kForEver = 1'000'000'000;

// Numbers that follow each other, but for what a trim took.
class Follower {
 public:
  explicit Follower(EventLog* log) {
    absl::StatusOr<Cursor> cursor = log->Read({.stream = kOwned, .on_trimmed = OnTrimmed::kSkip});
    EXPECT_OK(cursor);
    cursor_.emplace(*std::move(cursor));
  }

  // Reads on until entry `n` was seen.
  void ReadThrough(uint64_t n) {
    const absl::Time deadline = SystemClock()->Now() + absl::Minutes(2);
    while (next_ <= n) {
      ChunkView chunk;
      const absl::StatusOr<bool> more = cursor_->Next(&chunk, deadline);
      ASSERT_OK(more);
      ASSERT_TRUE(*more) << "entry " << n << " did not come, only those before " << next_;
      if (!begun_) {
        next_ = std::stoull(std::string((*chunk.begin()).fields.begin()->value));
        begun_ = true;
      }
      next_ += chunk.gap();
      gaps_ += chunk.gap();
      for (const EntryView& entry : chunk) {
        ASSERT_EQ(std::string(entry.fields.begin()->value), std::to_string(next_));
        ++next_;
        ++seen_;
      }
    }
  }

  uint64_t seen() const { return seen_; }
  uint64_t gaps() const { return gaps_; }

 private:
  std::optional<Cursor> cursor_;
  bool begun_ = false;
  uint64_t next_ = 0;
  uint64_t seen_ = 0, gaps_ = 0;
};

class BesideTest : public ::testing::Test {
 protected:
  std::string directory() const { return temp_.Path("log"); }
  std::unique_ptr<Child> StartOwner(uint64_t calls = kForEver) {
    return std::make_unique<Child>(
        std::vector<std::string>{"--owner", directory(), std::to_string(64 << 10),
                                 std::to_string(calls)},
        "");
  }
  // Lets it acknowledge so many more; the number of the last one.
  static uint64_t Await(Child& owner, uint64_t count) {
    Record record;
    while (count-- > 0) EXPECT_TRUE(owner.Next(&record)) << "the owner is gone";
    return record.first;
  }

  TempDir temp_;
};

// What each verb that reads does.
void LookAround(EventLog& log, uint64_t acknowledged) {
  const auto streams = log.ListStreams();
  ASSERT_OK(streams);
  ASSERT_EQ(streams->size(), 1u);
  EXPECT_GT(streams->front().entries, 0u);
  ASSERT_OK(log.Describe());
  ASSERT_OK_AND_ASSIGN(Group group, log.OpenGroup(kOwned, kOwnedGroup));
  ASSERT_OK_AND_ASSIGN(const GroupDescription description, group.Describe());
  EXPECT_GT(description.entries_read, 0u);
  ASSERT_OK_AND_ASSIGN(const std::vector<std::string> groups, log.ListGroups(kOwned));
  EXPECT_EQ(groups.size(), 1u);
  ASSERT_OK(group.ListPending());
  ASSERT_OK(group.SummarizePending());
  ASSERT_OK_AND_ASSIGN(Stream stream, log.OpenStream(kOwned));
  ASSERT_OK(stream.Trim(
      {.keep = {.max_entries = 10}, .dry_run = true, .references = References::kOnlyAcknowledged}));
  const auto last = ReadAll(log, {.stream = kOwned, .from = Bound::Last(1)});
  ASSERT_OK(last);
  ASSERT_GE(last->size(), 1u);  // and what another thread has taken in since
  EXPECT_GE(std::stoull(std::string(last->front().value("n"))), acknowledged);
}

TEST_F(BesideTest, AReaderFollowsAnOwnerThatIsKilledAndComesBack) {
  std::unique_ptr<Child> owner = StartOwner();
  uint64_t last = Await(*owner, 200);
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventLog> reader, OpenReadOnly(directory()));
  Follower follower(reader.get());
  const uint64_t rounds = SoakOr(200, 12);
  for (uint64_t round = 0; round < rounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    last = Await(*owner, 300);
    ASSERT_NO_FATAL_FAILURE(follower.ReadThrough(last));
    ASSERT_NO_FATAL_FAILURE(LookAround(*reader, last));
    if (round % 3 == 1) {
      owner->Kill();
      Record record;
      while (owner->Next(&record)) last = record.first;
      owner->Wait();
      if (round % 2 == 1) {  // with nobody there
        ASSERT_NO_FATAL_FAILURE(follower.ReadThrough(last));
      }
      owner = StartOwner();
    }
  }
  EXPECT_GT(follower.seen(), rounds * 200);
  fmt::print("{} entries followed, {} were trimmed before\n", follower.seen(), follower.gaps());
}

// What one thread takes in must not be half of what another reads by.
TEST_F(BesideTest, ManyThreadsOfOneReader) {
  const std::unique_ptr<Child> owner = StartOwner();
  uint64_t last = Await(*owner, 200);
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventLog> reader, OpenReadOnly(directory()));
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&reader, last](const std::stop_token& stop) {
      while (!stop.stop_requested() && !::testing::Test::HasFailure()) LookAround(*reader, last);
    });
  }
  Follower follower(reader.get());
  for (uint64_t round = 0; round < SoakOr(100, 6) && !HasFailure(); ++round) {
    last = Await(*owner, 300);
    ASSERT_NO_FATAL_FAILURE(follower.ReadThrough(last));
  }
}

TEST_F(BesideTest, VerifyFindsNothingWrong) {
  const std::unique_ptr<Child> owner = StartOwner();
  for (uint64_t round = 0; round < SoakOr(60, 4); ++round) {
    Await(*owner, 400);
    ASSERT_OK_AND_ASSIGN(const VerifyReport report, VerifyDirectory(directory()));
    EXPECT_THAT(report.findings, ::testing::IsEmpty());
    EXPECT_EQ(report.groups, 1u);
    EXPECT_GT(report.entries, 300u);
  }
}

// Each backup has all that was acknowledged before it began, and fits together.
TEST_F(BesideTest, BackupsOfALogInUse) {
  std::unique_ptr<Child> owner = StartOwner();
  for (uint64_t round = 1; round <= SoakOr(100, 6); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const uint64_t last = Await(*owner, 300);
    ASSERT_OK(BackUpDirectory(directory(), temp_.Path("backups"), {.keep = 3}));
    const std::string to = temp_.Path("restored" + std::to_string(round));
    ASSERT_OK(RestoreBackup(temp_.Path("backups"), to));
    ASSERT_OK_AND_ASSIGN(const VerifyReport report, VerifyDirectory(to));
    EXPECT_THAT(report.findings, ::testing::IsEmpty());
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventLog> restored, Open(to));
    ASSERT_NO_FATAL_FAILURE(LookAround(*restored, last));
    if (round % 2 != 0) continue;
    owner.reset();  // kills it; the next one must find the lock free
    owner = StartOwner();
  }
}

// A backup, or a restore, that is killed anywhere leaves nothing half done.
TEST_F(BesideTest, ABackupThatIsKilled) {
  if (!kTestPointsEnabled) GTEST_SKIP() << "a build without test points";
  StartOwner(700)->Wait();
  const std::string target = temp_.Path("backups"), to = temp_.Path("restored");
  uint64_t complete = 0;
  const auto backups = [&] {
    const auto listed = ListBackups(target);
    return listed.ok() ? listed->size() : 0;
  };
  for (const char* point : {"image.opened:1", "backup.imaged:1", "recovery.after_open:1",
                            "backup.opened:1", "backup.added:1"}) {
    SCOPED_TRACE(point);
    Child child({"--backer", directory(), target}, point);
    ASSERT_EQ(child.Wait(), Child::End::kKilled);
    if (std::string_view(point).starts_with("backup.added")) ++complete;
    EXPECT_EQ(backups(), complete);
    if (std::string_view(point).starts_with("backup.imaged")) {
      ASSERT_OK(BackUpDirectory(directory(), target));
      ++complete;
    }
  }
  ASSERT_OK(BackUpDirectory(directory(), target));
  EXPECT_EQ(backups(), ++complete);
  for (uint64_t id = 1; id <= complete; ++id) EXPECT_OK(VerifyBackup(target, id));
  for (const char* point : {"restore.copied:1", "restore.checked:1"}) {
    SCOPED_TRACE(point);
    Child child({"--restorer", target, to}, point);
    ASSERT_EQ(child.Wait(), Child::End::kKilled);
    EXPECT_EQ(OpenReadOnly(to).status().code(), absl::StatusCode::kNotFound);
  }
  ASSERT_OK(RestoreBackup(target, to));
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventLog> restored, Open(to));
  ASSERT_NO_FATAL_FAILURE(LookAround(*restored, 699));
}

// The same at any moment.
TEST_F(BesideTest, ABackupThatIsKilledAtAnyMoment) {
  const std::unique_ptr<Child> owner = StartOwner();
  const std::string target = temp_.Path("backups");
  Rng rng(TestSeed(1));
  uint64_t killed = 0;
  for (uint64_t round = 0; round < SoakOr(300, 15); ++round) {
    Await(*owner, 50);
    Child child({"--backer", directory(), target}, "");
    for (uint64_t i = rng.Skewed(14); i > 0; --i) std::this_thread::yield();
    child.Kill();
    if (child.Wait() == Child::End::kKilled) ++killed;
    const auto listed = ListBackups(target);
    if (!listed.ok()) continue;  // there is none so far
    for (const BackupInfo& backup : *listed) EXPECT_FALSE(backup.damaged);
  }
  EXPECT_GT(killed, 0u);
  ASSERT_OK_AND_ASSIGN(const BackupInfo backup, BackUpDirectory(directory(), target));
  EXPECT_OK(VerifyBackup(target, backup.id));
}

}  // namespace
}  // namespace evlog
