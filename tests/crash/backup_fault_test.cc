// T3 of backups: each call to the target's file system fails once, one after the other. The backup
// or the restore answers with an error, leaves what was there as it was, and succeeds afterwards.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "evlog/event_log.h"
#include "log/base/status.h"
#include "log/store/backup_target.h"
#include "tests/support/fault_fs.h"
#include "tests/support/owned_entry.h"
#include "tests/support/soak.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

struct BackupFault {
  const char* name;
  Fault fault;
};

class BackupFaultTest : public ::testing::TestWithParam<BackupFault> {
 protected:
  BackupFaultTest() {
    const absl::StatusOr<std::unique_ptr<EventLog>> log =
        Open(directory(), {.memtable_bytes = size_t{64} << 10});
    EXPECT_OK(log);
    absl::StatusOr<Stream> stream = (*log)->OpenStream("s", {.durability = Durability::kOs});
    EXPECT_OK(stream);
    for (int i = 0; i < kEntries; ++i) {
      EXPECT_OK(stream->Append({{"n", std::to_string(i)}, {"fill", std::string(300, 'x')}}));
    }
  }

  static bool IsDiskError(const absl::Status& status) {
    return absl::IsUnavailable(status) || absl::IsResourceExhausted(status) ||
           absl::IsDataLoss(status);  // a read that failed looks like that to RocksDB's engine
  }
  // Calls `run` with the first call failing, then the second, until one lies beyond its end.
  template <typename Run>
  void FailEach(const Run& run) {
    const uint64_t step = SoakOr(1, 3);
    uint64_t runs = 0;
    for (uint64_t nth = 1; nth < 100'000; nth += step) {
      SCOPED_TRACE("call " + std::to_string(nth));
      Fault fault = GetParam().fault;
      fault.nth = nth;
      fs_->Arm(fault);
      const absl::Status status = run();
      const bool failed = fs_->failures() != 0;
      fs_->Disarm();
      EXPECT_TRUE(status.ok() || IsDiskError(status)) << status;
      EXPECT_TRUE(status.ok() || failed) << status;
      if (HasFailure()) return;
      if (!failed) break;
      ++runs;
    }
    fmt::print("{} runs with a failure\n", runs);
    EXPECT_GT(runs, 0u);
  }

  std::string directory() const { return temp_.Path("log"); }
  std::string target() const { return temp_.Path("backups"); }

  static constexpr int kEntries = 400;
  TempDir temp_;
  std::shared_ptr<FaultFs> fs_ = std::make_shared<FaultFs>(temp_.Path("stash"));
};

TEST_P(BackupFaultTest, ABackupFailsAsAWhole) {
  ASSERT_OK(BackUpDirectory(directory(), target()));
  FailEach([&] {
    const absl::Status status =
        BackUpDirectoryOn({fs_}, directory(), target(), {.keep = 2}).status();
    fs_->Disarm();
    const auto backups = ListBackups(target());
    EXPECT_OK(backups);
    if (!backups.ok()) return status;
    EXPECT_GE(backups->size(), 1u);
    for (const BackupInfo& backup : *backups) {
      EXPECT_FALSE(backup.damaged);
      EXPECT_OK(VerifyBackup(target(), backup.id));
    }
    EXPECT_FALSE(std::filesystem::exists(target() + "/staging"));
    return status;
  });
  ASSERT_OK(BackUpDirectory(directory(), target()));
}

TEST_P(BackupFaultTest, ARestoreFailsAsAWhole) {
  ASSERT_OK(BackUpDirectory(directory(), target()));
  std::string to;
  int runs = 0;
  FailEach([&] {
    to = temp_.Path("restored" + std::to_string(++runs));
    const absl::Status status = RestoreBackupOn({fs_}, target(), to, {}).status();
    fs_->Disarm();
    const absl::StatusOr<std::unique_ptr<EventLog>> log = OpenReadOnly(to);
    if (log.ok()) {  // an error at the very end, when it is all there already
      const auto entries = ReadAll(**log, {.stream = "s"});
      EXPECT_OK(entries);
      if (entries.ok()) {
        EXPECT_EQ(entries->size(), static_cast<size_t>(kEntries));
      }
    } else {
      EXPECT_FALSE(status.ok());
      EXPECT_FALSE(std::filesystem::exists(to));
    }
    return status;
  });
  ASSERT_OK(RestoreBackup(target(), temp_.Path("at last")));
}

INSTANTIATE_TEST_SUITE_P(
    Faults, BackupFaultTest,
    ::testing::Values(BackupFault{"Write", {.ops = {FileOp::kAppend}}},
                      BackupFault{"FullDisk",
                                  {.ops = {FileOp::kAppend}, .for_ever = true, .no_space = true}},
                      BackupFault{"Sync", {.ops = {FileOp::kSync, FileOp::kSyncDirectory}}},
                      BackupFault{"Open", {.ops = {FileOp::kOpen}}},
                      BackupFault{"Rename", {.ops = {FileOp::kRename}}}),
    [](const ::testing::TestParamInfo<BackupFault>& fault) { return fault.param.name; });

}  // namespace
}  // namespace evlog
