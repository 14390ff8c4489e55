// T2: the power goes while a log is written to, while it recovers, and again. What was synced is
// there; of the rest only the end is missing, in the order of the commits; and the log opens.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "embedded/local_event_log.h"
#include "log/base/mutex.h"
#include "tests/crash/forked.h"
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

constexpr UnsyncedBytes kBytes[] = {
    UnsyncedBytes::kKept,      UnsyncedBytes::kDropped, UnsyncedBytes::kCut, UnsyncedBytes::kZeroed,
    UnsyncedBytes::kScrambled, UnsyncedBytes::kHoles,   UnsyncedBytes::kAny};
constexpr UnsyncedNames kNames[] = {UnsyncedNames::kKept, UnsyncedNames::kDropped,
                                    UnsyncedNames::kCut};

// What happened, so that one sees that something did; saved by the process that did it.
struct Tally {
  uint64_t losses = 0;
  uint64_t in_recovery = 0;
  uint64_t kept = 0;  // entries
  uint64_t lost = 0;
  uint64_t given_up = 0;

  void Add(const Tally& other) {
    losses += other.losses;
    in_recovery += other.in_recovery;
    kept += other.kept;
    lost += other.lost;
    given_up += other.given_up;
  }
  void Save(const std::string& path) const {
    WriteFile(path, {reinterpret_cast<const char*>(this), sizeof *this});
  }
  static Tally Load(const std::string& path) {
    Tally tally;
    const std::string bytes = ReadFile(path);
    EXPECT_EQ(bytes.size(), sizeof tally);
    std::memcpy(&tally, bytes.data(), std::min(bytes.size(), sizeof tally));
    return tally;
  }
};

class PowerLossRun {
 public:
  // `directory`: an empty one.
  PowerLossRun(uint64_t seed, const std::string& directory)
      : rng_(seed),
        directory_(directory + "/log"),
        fs_(std::make_shared<FaultFs>(directory + "/stash")) {
    const size_t memtables[] = {size_t{64} << 10, size_t{256} << 10, size_t{8} << 20};
    options_.maintenance_interval = absl::InfiniteDuration();  // no calls of its own
    options_.memtable_bytes = memtables[rng_.Below(3)];
  }

  const Tally& tally() const { return tally_; }

  // A few power losses of one log.
  void Run() {
    for (uint64_t i = rng_.Between(1, 4); i > 0 && !given_up_; --i) {
      Write();
      LosePower();
      for (uint64_t j = rng_.Below(3); j > 0; --j) LosePowerInRecovery();
      Judge();
      if (::testing::Test::HasFailure()) return;
    }
  }

 private:
  absl::StatusOr<std::unique_ptr<EventLog>> OpenLog() {
    return OpenOn({fs_}, directory_, options_);
  }

  // Appends until the power goes.
  void Write() {
    const uint64_t nth = 1 + rng_.Skewed(13);
    SCOPED_TRACE("power off at operation " + std::to_string(nth));
    fs_->Arm({.nth = nth, .for_ever = true});
    const absl::StatusOr<std::unique_ptr<EventLog>> log = OpenLog();
    if (!log.ok()) return;
    std::vector<Producer> producers;
    for (uint16_t p = 0; p < kProducers; ++p) {
      producers.emplace_back(log->get(), p, witness_.next(p),
                             [this](const Record& record) { Report(record); });
    }
    uint64_t calls = 0;
    while (calls < 3000 && (*log)->Health().ok()) {
      const absl::Status status = producers[rng_.Below(kProducers)].Append(rng_);
      if (!status.ok()) break;
      ++calls;
    }
    // The power may go while it is closed; then what Close answers is that error.
    (*log)->Close().IgnoreError();
  }

  void Report(const Record& record) {
    MutexLock lock(mu_);
    witness_.Add(record);
    if (record.kind == Record::kAttempt) attempted_ += record.count;
  }

  void LosePower() {
    const PowerLoss loss{kBytes[rng_.Below(std::size(kBytes))],
                         kNames[rng_.Below(std::size(kNames))]};
    scrambled_ |= loss.bytes == UnsyncedBytes::kScrambled || loss.bytes == UnsyncedBytes::kAny;
    losses_ += fmt::format(" bytes {} names {};", static_cast<int>(loss.bytes),
                           static_cast<int>(loss.names));
    ++tally_.losses;
    fs_->CutPower();
    fs_->RestorePower(loss, rng_);
    fs_->Disarm();
  }

  void LosePowerInRecovery() {
    const uint64_t nth = 1 + rng_.Skewed(9);
    losses_ += fmt::format(" in recovery at operation {};", nth);
    fs_->Arm({.nth = nth, .for_ever = true});
    OpenLog().status().IgnoreError();
    ++tally_.in_recovery;
    LosePower();
  }

  void Judge() {
    SCOPED_TRACE("losses:" + losses_);
    const absl::StatusOr<std::unique_ptr<EventLog>> log = OpenLog();
    // Garbage at the end of RocksDB's own list of files cannot be told from damage to what had been
    // synced: then the log says so and stays closed. Zeros and a torn end can.
    given_up_ = scrambled_ && absl::IsDataLoss(log.status()) &&
                MessageOf(log.status()).find("/MANIFEST-") != std::string::npos;
    if (given_up_) ++tally_.given_up;
    if (given_up_) return;
    ASSERT_OK(log);
    const uint64_t before = witness_.kept();
    witness_.Judge(**log, Durability::kSync);
    tally_.kept += witness_.kept() - before;
    tally_.lost += attempted_ - (witness_.kept() - before);
    attempted_ = 0;
    ASSERT_OK((*log)->Sync());  // from here on all of it is on the disk
  }

  Rng rng_;
  const std::string directory_;
  std::shared_ptr<FaultFs> fs_;
  OpenOptions options_;
  Mutex mu_;
  Witness witness_;
  uint64_t attempted_ = 0;  // entries since the last judgment
  Tally tally_;
  std::string losses_;
  bool scrambled_ = false;
  bool given_up_ = false;
};

TEST(PowerLossTest, LosesNothingThatWasSyncedAndOnlyTheEndOfTheRest) {
  const uint64_t seed = TestSeed(1);
  const bool one = std::getenv("EVLOG_SEED") != nullptr;
  const uint64_t runs = one ? 1 : SoakOr(2000, 96);
  constexpr uint64_t kBatch = 48;
  Tally total;
  for (uint64_t first = 0; first < runs; first += kBatch) {
    const TempDir temps[kBatch];
    const uint64_t count = std::min(kBatch, runs - first);
    const std::vector<bool> passed = RunForked(count, [&](size_t i) {
      SCOPED_TRACE("EVLOG_SEED=" + std::to_string(seed + first + i));
      PowerLossRun run(seed + first + i, temps[i].path());
      run.Run();
      run.tally().Save(temps[i].Path("tally"));
    });
    for (uint64_t i = 0; i < count; ++i) {
      ASSERT_TRUE(passed[i]) << "EVLOG_SEED=" << seed + first + i;
      total.Add(Tally::Load(temps[i].Path("tally")));
    }
  }
  fmt::print(
      "{} logs lost power {} times, {} of them in recovery; {} entries kept, {} lost, of "
      "which none was promised; {} logs stayed closed\n",
      runs, total.losses, total.in_recovery, total.kept, total.lost, total.given_up);
  if (one) return;
  EXPECT_GT(total.kept, runs * 10) << "the power goes before anything is done";
  EXPECT_GT(total.lost, runs) << "nothing is ever lost";
  EXPECT_LE(total.given_up, total.losses / 20);
}

}  // namespace
}  // namespace evlog
