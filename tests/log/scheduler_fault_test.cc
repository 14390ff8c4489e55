// Each write and sync of the write-ahead log fails once, one after the other, while appends are
// delayed and fall due: after Reopen each that has a ticket was appended once, or waits.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "embedded/local_event_log.h"
#include "evlog/event_log.h"
#include "tests/support/fault_fs.h"
#include "tests/support/manual_clock.h"
#include "tests/support/owned_entry.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

constexpr int kBatches = 12;

class FaultyRun {
 public:
  explicit FaultyRun(const Fault& fault) : fs_(std::make_shared<FaultFs>(temp_.Path("stash"))) {
    Open();
    StreamOptions options;
    options.durability = Durability::kOs;
    EXPECT_OK(log_->CreateStream("0", options));
    EXPECT_OK(log_->CreateStream("1"));
    fs_->Arm(fault);
    for (int i = 0; i < kBatches; ++i) {
      Delay(i);
      if (i % 4 == 3) Pass();
    }
    EXPECT_TRUE(log_->Health().ok() || fs_->failures() != 0);
    failed_ = fs_->failures() != 0;
    fs_->Disarm();
    // Nothing is due while it is looked at, also for a walk that had begun before.
    const absl::Time now = clock_.Now();
    clock_.Set(now - absl::Hours(1));
    log_->Maintain().IgnoreError();
    EXPECT_OK(log_->Reopen());
    Judge(false);
    clock_.Set(now);
    Pass();
    Judge(true);
    log_.reset();
    Open();
    Judge(true);
  }

  bool failed() const { return failed_; }

 private:
  void Open() {
    OpenOptions options;
    options.clock = &clock_;
    options.maintenance_interval = absl::InfiniteDuration();
    absl::StatusOr<std::unique_ptr<EventLog>> log = OpenOn({fs_}, temp_.Path("log"), options);
    ASSERT_OK(log);
    log_ = *std::move(log);
  }

  void Delay(int i) {
    absl::StatusOr<Stream> stream = log_->OpenStream(std::to_string(i % 2), {}, IfMissing::kError);
    if (!stream.ok()) return;
    const absl::StatusOr<Ticket> ticket =
        stream->Schedule({{"i", std::to_string(i)}}, clock_.Now() + absl::Seconds(1));
    if (ticket.ok()) tickets_[i] = *ticket;
  }

  void Pass() {
    clock_.Advance(absl::Seconds(1));
    log_->Maintain().IgnoreError();
  }

  void Judge(bool all_due) {
    std::map<int, int> appended, waiting;
    for (const char* name : {"0", "1"}) {
      ASSERT_OK_AND_ASSIGN(const std::vector<OwnedEntry> entries, ReadAll(*log_, {.stream = name}));
      for (const OwnedEntry& entry : entries) ++appended[std::stoi(std::string(entry.value("i")))];
    }
    ASSERT_OK_AND_ASSIGN(const std::vector<ScheduledAppend> list, log_->ListScheduled());
    for (const ScheduledAppend& one : list) ++waiting[std::stoi(one.fields.at(0).second)];
    EXPECT_TRUE(list.empty() || !all_due);
    for (int i = 0; i < kBatches; ++i) {
      SCOPED_TRACE("batch " + std::to_string(i));
      if (tickets_.contains(i)) {
        EXPECT_EQ(appended[i] + waiting[i], 1);
      } else {
        EXPECT_LE(appended[i] + waiting[i], 1);  // an outcome that is not known
      }
    }
  }

  const TempDir temp_;
  const std::shared_ptr<FaultFs> fs_;
  ManualClock clock_;
  std::unique_ptr<EventLog> log_;
  std::map<int, Ticket> tickets_;
  bool failed_ = false;
};

void FailEach(Fault fault) {
  for (fault.nth = 1; fault.nth < 1000; ++fault.nth) {
    SCOPED_TRACE("call " + std::to_string(fault.nth));
    const FaultyRun run(fault);
    if (::testing::Test::HasFailure()) return;
    if (!run.failed()) {
      EXPECT_GT(fault.nth, 5u) << "hardly anything was tried";
      return;
    }
  }
}

TEST(SchedulerFaults, Writes) { FailEach({.ops = {FileOp::kAppend}, .name_contains = ".log"}); }

TEST(SchedulerFaults, HalfWritesOfAFullDisk) {
  FailEach(
      {.ops = {FileOp::kAppend}, .no_space = true, .half_written = true, .name_contains = ".log"});
}

TEST(SchedulerFaults, Syncs) { FailEach({.ops = {FileOp::kSync}, .name_contains = ".log"}); }

}  // namespace
}  // namespace evlog
