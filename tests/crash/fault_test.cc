// T3: each call to the file system fails once, one after the other. A failure is an error of its
// kind and never an acknowledgment; the log is latched then, reads go on, and Reopen brings it back
// in the same process with the streams and cursors that there are.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "embedded/local_event_log.h"
#include "log/base/mutex.h"
#include "log/base/status.h"
#include "tests/crash/forked.h"
#include "tests/crash/group_user.h"
#include "tests/crash/producer.h"
#include "tests/crash/witness.h"
#include "tests/support/fault_fs.h"
#include "tests/support/files.h"
#include "tests/support/rng.h"
#include "tests/support/soak.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

constexpr int kCalls = 60;

// What a caller may be told of a failing disk.
bool IsDiskError(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status);
}

// What it is told afterwards.
bool IsRefusal(const absl::Status& status) {
  return absl::IsFailedPrecondition(status) &&
         MessageOf(status).find("latched") != std::string::npos;
}

class FaultRun {
 public:
  // `directory`: an empty one.
  FaultRun(const Fault& fault, const std::string& directory)
      : fault_(fault),
        rng_(7),
        directory_(directory + "/log"),
        fs_(std::make_shared<FaultFs>(directory + "/stash")) {
    options_.maintenance_interval = absl::InfiniteDuration();  // no calls of its own
    options_.memtable_bytes = size_t{64} << 10;                // so that there are flushes
  }

  // False: the fault lies beyond what this run does.
  bool WhileAppending() {
    Open();
    MakeProducers();
    absl::StatusOr<Stream> kept = log_->OpenStream("kept", {.durability = Durability::kOs});
    EXPECT_OK(kept);
    EXPECT_OK(kept->Append({{"v", "before"}}));
    absl::StatusOr<Cursor> cursor = log_->Read({.stream = "kept"});
    EXPECT_OK(cursor);
    EXPECT_OK(user_.Start(log_.get()));
    fs_->Arm(fault_);
    AppendUntilLatched();
    const bool failed = fs_->failures() > 0;
    if (!log_->Health().ok()) CheckLatched(*kept);
    fs_->Disarm();
    EXPECT_OK(log_->Reopen());
    EXPECT_OK(log_->Health());
    // What a `sync` stream took with less shows once it is on the disk.
    if (ReopenedAfter(log_->Sync())) {
      EXPECT_OK(log_->Sync());
    }
    if (ReopenedAfter(kept->Append({{"v", "after"}}).status())) {
      EXPECT_OK(kept->Append({{"v", "after"}}));
    }
    const absl::StatusOr<std::vector<OwnedEntry>> entries = Drain(&*cursor);
    EXPECT_OK(entries);
    if (entries.ok()) CheckKept(*entries);
    Judge(Durability::kOs);
    cursor = absl::UnknownError("closed");  // it keeps the files open
    GoOn();
    return failed;
  }

  // Of a log whose power was cut, so that there is a torn tail to be dropped.
  bool WhileOpening() {
    Open();
    MakeProducers();
    for (int i = 0; i < kCalls; ++i) EXPECT_OK(producers_[rng_.Below(kProducers)].Append(rng_));
    fs_->CutPower();
    log_->Close().IgnoreError();
    log_.reset();
    fs_->RestorePower({UnsyncedBytes::kCut, UnsyncedNames::kKept}, rng_);
    fs_->Arm(fault_);
    absl::StatusOr<std::unique_ptr<EventLog>> log = OpenLog();
    const bool failed = fs_->failures() > 0;
    EXPECT_TRUE(log.ok() || IsDiskError(log.status())) << log.status();
    if (log.ok()) (*log)->Close().IgnoreError();
    log = absl::UnknownError("closed");
    fs_->Disarm();
    Open();
    if (log_ != nullptr) Judge(Durability::kSync);
    return failed;
  }

  // What is not in memory. What is read is all that there is, or an error.
  bool WhileReading() {
    Open();
    MakeProducers();
    EXPECT_OK(user_.Start(log_.get()));
    for (int i = 0; i < 3 * kCalls; ++i) {
      EXPECT_OK(producers_[rng_.Below(kProducers)].Append(rng_));
      EXPECT_OK(user_.Step(rng_));
    }
    EXPECT_OK(log_->Sync());
    std::map<std::string, size_t> entries;
    const absl::StatusOr<std::vector<StreamInfo>> streams = log_->ListStreams();
    EXPECT_OK(streams);
    for (const StreamInfo& stream : *streams) entries[stream.name] = stream.entries;
    Close();
    // An owner would compact meanwhile, and latch when that cannot read.
    absl::StatusOr<std::unique_ptr<EventLog>> reader = OpenReadOnlyOn({fs_}, directory_, {});
    EXPECT_OK(reader);
    if (!reader.ok()) return true;
    fs_->Arm(fault_);
    const auto check = [](const absl::Status& status) {
      EXPECT_TRUE(status.ok() || IsDiskError(status)) << status;
      return status.ok();
    };
    for (const auto& [name, count] : entries) {
      const auto read = ReadAll(**reader, {.stream = name});
      if (check(read.status())) {
        EXPECT_EQ(read->size(), count) << name;
      }
    }
    check(user_.Start(reader->get()));
    const bool failed = fs_->failures() > 0;
    fs_->Disarm();
    for (const auto& [name, count] : entries) {  // a read that failed concerns its call alone
      const auto read = ReadAll(**reader, {.stream = name});
      EXPECT_OK(read);
      EXPECT_EQ(read->size(), count) << name;
    }
    reader = absl::UnknownError("closed");
    Open();
    Judge(Durability::kOs);
    user_.Judge(*log_);
    Close();
    return failed;
  }

 private:
  absl::StatusOr<std::unique_ptr<EventLog>> OpenLog() {
    return OpenOn({fs_}, directory_, options_);
  }
  void Open() {
    absl::StatusOr<std::unique_ptr<EventLog>> log = OpenLog();
    ASSERT_OK(log);
    log_ = *std::move(log);
  }
  void Close() {
    EXPECT_OK(log_->Close());
    log_.reset();
  }

  void MakeProducers() {
    producers_.clear();
    const MutexLock guard(mu_);
    for (uint16_t p = 0; p < kProducers; ++p) {
      producers_.emplace_back(log_.get(), p, witness_.next(p), [this](const Record& record) {
        MutexLock lock(mu_);
        witness_.Add(record);
      });
    }
  }

  // Under the lock: an acknowledgment may still be on its way.
  void Judge(Durability survives) {
    MutexLock lock(mu_);
    witness_.Judge(*log_, survives);
  }

  void AppendUntilLatched() {
    for (int i = 0; i < kCalls; ++i) {
      const absl::Status status =
          i % 2 == 0 ? producers_[rng_.Below(kProducers)].Append(rng_) : user_.Step(rng_);
      if (log_->Health().ok()) {
        EXPECT_OK(status);
        continue;
      }
      EXPECT_TRUE(status.ok() || IsDiskError(status) || IsRefusal(status)) << status;
      return;
    }
  }

  void CheckLatched(Stream& kept) {
    EXPECT_TRUE(IsDiskError(log_->Health())) << log_->Health();
    EXPECT_TRUE(IsRefusal(kept.Append({{"v", "latched"}}).status()));
    EXPECT_TRUE(IsRefusal(log_->Sync()));
    // What was shown before stays readable; the disk is tried again after the one failure.
    const absl::StatusOr<std::vector<OwnedEntry>> entries =
        ReadAll(*log_, {.stream = "kept", .from = Bound::Last(1)});
    EXPECT_TRUE(entries.ok() || fault_.for_ever) << entries.status();
  }

  // A flush that failed behind the back of the appends, maybe by its sync of the write-ahead log,
  // is known to the next one only, when the disk works again. True: that was so, and the log is
  // reopened; once.
  bool ReopenedAfter(const absl::Status& status) {
    if (status.ok() && log_->Health().ok()) return false;
    EXPECT_TRUE(fs_->failures() > 0 && !reopened_after_flush_) << status;
    EXPECT_TRUE(status.ok() || IsDiskError(status) || IsRefusal(status)) << status;
    reopened_after_flush_ = true;
    EXPECT_OK(log_->Reopen());
    Judge(Durability::kOs);
    return true;
  }

  // The outcome of an append that failed is unknown.
  static void CheckKept(const std::vector<OwnedEntry>& entries) {
    EXPECT_GE(entries.size(), 2u);
    EXPECT_LE(entries.size(), 3u);
    for (size_t i = 0; i < entries.size(); ++i) {
      EXPECT_EQ(entries[i].value("v"), i == 0 ? "before" : "after");
    }
  }

  // The same log takes more, in this process and in the next.
  void GoOn() {
    if (::testing::Test::HasFailure()) return;
    if (ReopenedAfter(AppendMore())) {
      EXPECT_OK(AppendMore());
    }
    // Such a flush may be known as late as here.
    const absl::Status closed = log_->Close();
    if (!closed.ok()) {
      EXPECT_TRUE(fs_->failures() > 0 && !reopened_after_flush_) << closed;
      EXPECT_TRUE(IsDiskError(closed) || IsRefusal(closed)) << closed;
    }
    log_.reset();
    Open();
    if (log_ == nullptr) return;
    Judge(Durability::kOs);
    user_.Judge(*log_);
  }

  absl::Status AppendMore() {
    MakeProducers();
    for (int i = 0; i < 20; ++i) {
      RETURN_IF_ERROR(producers_[rng_.Below(kProducers)].Append(rng_));
    }
    return log_->Sync();
  }

  const Fault fault_;
  Rng rng_;
  const std::string directory_;
  std::shared_ptr<FaultFs> fs_;
  OpenOptions options_;
  Mutex mu_;
  Witness witness_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<EventLog> log_;
  std::vector<Producer> producers_;
  GroupUser user_;
  bool reopened_after_flush_ = false;
};

constexpr const char* kWal = ".log";

struct FaultKind {
  const char* name;
  Fault fault;
  // Every so many-th of the calls fails, but in a long run each.
  uint64_t step = 3;
};

class FaultTest : public ::testing::TestWithParam<FaultKind> {
 protected:
  // Runs with the first call failing, then the second, until one lies beyond the end of the run.
  template <typename Run>
  void FailEach(const Run& run) {
    constexpr size_t kBatch = 16;
    const uint64_t step = SoakOr(1, GetParam().step);
    uint64_t runs = 0;
    for (uint64_t first = 1; first < 100'000; first += kBatch * step) {
      const TempDir temps[kBatch];
      const std::vector<bool> passed = RunForked(kBatch, [&](size_t i) {
        Fault fault = GetParam().fault;
        fault.nth = first + i * step;
        SCOPED_TRACE("call " + std::to_string(fault.nth));
        FaultRun one(fault, temps[i].path());
        if (!run(one)) WriteFile(temps[i].Path("beyond"), "");
      });
      for (size_t i = 0; i < kBatch; ++i) {
        ASSERT_TRUE(passed[i]) << "call " << first + i * step;
        if (std::filesystem::exists(temps[i].Path("beyond"))) {
          fmt::print("{} runs with a failure\n", runs);
          return;
        }
        ++runs;
      }
    }
  }
};

class FaultWhileAppending : public FaultTest {};
class FaultWhileOpening : public FaultTest {};
class FaultWhileReading : public FaultTest {};

std::string NameOf(const ::testing::TestParamInfo<FaultKind>& kind) { return kind.param.name; }

// RocksDB pauses for a second after a flush that failed, so of failures elsewhere than in the
// write-ahead log a normal run tries a few only.
INSTANTIATE_TEST_SUITE_P(
    Faults, FaultWhileAppending,
    ::testing::Values(
        FaultKind{"Write", {.ops = {FileOp::kAppend}, .name_contains = kWal}},
        FaultKind{"HalfWrite",
                  {.ops = {FileOp::kAppend}, .half_written = true, .name_contains = kWal}},
        FaultKind{"FullDisk",
                  {.ops = {FileOp::kAppend},
                   .no_space = true,
                   .half_written = true,
                   .name_contains = kWal}},
        FaultKind{"Sync", {.ops = {FileOp::kSync}, .name_contains = kWal}, 1},
        FaultKind{"SyncForEver", {.ops = {FileOp::kSync}, .for_ever = true, .name_contains = kWal}},
        FaultKind{"SyncOfAnyFile", {.ops = {FileOp::kSync}}, 5},
        FaultKind{"SyncOfADirectory", {.ops = {FileOp::kSyncDirectory}}, 2},
        FaultKind{"WriteOfAnyFile", {.ops = {FileOp::kAppend}}, 37},
        FaultKind{"FullDiskOfAnyFile",
                  {.ops = {FileOp::kAppend}, .for_ever = true, .no_space = true},
                  41},
        FaultKind{"Open", {.ops = {FileOp::kOpen}}, 11},
        FaultKind{"RenameDeleteTruncate",
                  {.ops = {FileOp::kRename, FileOp::kDelete, FileOp::kTruncate}},
                  5}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    Faults, FaultWhileOpening,
    ::testing::Values(
        FaultKind{"Sync", {.ops = {FileOp::kSync}}, 1},
        FaultKind{"SyncForEver", {.ops = {FileOp::kSync}, .for_ever = true}, 2},
        FaultKind{"SyncOfADirectory", {.ops = {FileOp::kSyncDirectory}}, 1},
        FaultKind{"Write", {.ops = {FileOp::kAppend}, .half_written = true}, 5},
        FaultKind{"FullDisk", {.ops = {FileOp::kAppend}, .for_ever = true, .no_space = true}, 7},
        FaultKind{"Open", {.ops = {FileOp::kOpen}}, 3},
        FaultKind{"Read", {.ops = {FileOp::kRead}}, 7},
        FaultKind{"RenameDeleteTruncate",
                  {.ops = {FileOp::kRename, FileOp::kDelete, FileOp::kTruncate}},
                  1}),
    NameOf);

TEST_P(FaultWhileAppending, IsAnErrorThatReopeningEnds) {
  FailEach([](FaultRun& run) { return run.WhileAppending(); });
}

INSTANTIATE_TEST_SUITE_P(Faults, FaultWhileReading,
                         ::testing::Values(FaultKind{"Read", {.ops = {FileOp::kRead}}, 1}), NameOf);

// RocksDB 7.8 passes over a whole table when its first block cannot be read, unless it is told that
// there are no range deletions (log/store/store.cc).
TEST_P(FaultWhileReading, IsAnErrorOfThatRead) {
  FailEach([](FaultRun& run) { return run.WhileReading(); });
}

TEST_P(FaultWhileOpening, IsAnErrorAndHarmsNothing) {
  FailEach([](FaultRun& run) { return run.WhileOpening(); });
}

}  // namespace
}  // namespace evlog
