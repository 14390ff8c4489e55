// T2 for routes: the power goes while messages are published. What Publish has answered is in the
// streams that are durable, and the routes are there.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "embedded/local_event_log.h"
#include "tests/crash/forked.h"
#include "tests/crash/route_witness.h"
#include "tests/support/fault_fs.h"
#include "tests/support/files.h"
#include "tests/support/rng.h"
#include "tests/support/soak.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

// But garbage: what becomes of a log then is not about routes.
constexpr UnsyncedBytes kBytes[] = {UnsyncedBytes::kKept, UnsyncedBytes::kDropped,
                                    UnsyncedBytes::kCut, UnsyncedBytes::kZeroed,
                                    UnsyncedBytes::kHoles};
constexpr UnsyncedNames kNames[] = {UnsyncedNames::kKept, UnsyncedNames::kDropped,
                                    UnsyncedNames::kCut};

// Saved by the process that did it.
struct Tally {
  uint64_t losses = 0;
  uint64_t kept = 0;  // entries
  uint64_t lost = 0;
};

class RoutePowerLoss {
 public:
  // `directory`: an empty one.
  RoutePowerLoss(uint64_t seed, const std::string& directory)
      : rng_(seed),
        directory_(directory + "/log"),
        fs_(std::make_shared<FaultFs>(directory + "/stash")) {
    options_.maintenance_interval = absl::InfiniteDuration();  // no calls of its own
    options_.memtable_bytes = rng_.Percent(50) ? size_t{64} << 10 : size_t{8} << 20;
  }

  Tally Run() {
    for (uint64_t i = rng_.Between(1, 3); i > 0; --i) {
      Publish();
      LosePower();
      Judge();
      if (::testing::Test::HasFailure()) break;
    }
    return tally_;
  }

 private:
  absl::StatusOr<std::unique_ptr<EventLog>> OpenLog() {
    return OpenOn({fs_}, directory_, options_);
  }

  // Until the power goes.
  void Publish() {
    const uint64_t nth = 1 + rng_.Skewed(13);
    done_ += fmt::format(" power off at operation {},", nth);
    fs_->Arm({.nth = nth, .for_ever = true});
    const absl::StatusOr<std::unique_ptr<EventLog>> log = OpenLog();
    if (!log.ok() || !AddRoutes(**log).ok()) return;
    std::vector<Publisher> publishers;
    for (uint16_t p = 0; p < kPublishers; ++p) {
      publishers.emplace_back(log->get(), p, witness_.next(p),
                              [this](const Record& record) { witness_.Add(record); });
    }
    // The last one alone waits for no sync, and one of another would be for all.
    const uint64_t first = rng_.Percent(40) ? kPublishers - 1 : 0;
    for (int calls = 0; calls < 1000; ++calls) {
      if (!publishers[rng_.Between(first, kPublishers - 1)].Publish(rng_).ok()) break;
    }
    // The power may go while it is closed; then what Close answers is that error.
    (*log)->Close().IgnoreError();
  }

  void LosePower() {
    const PowerLoss loss{kBytes[rng_.Below(std::size(kBytes))],
                         kNames[rng_.Below(std::size(kNames))]};
    done_ += fmt::format(" bytes {} names {};", static_cast<int>(loss.bytes),
                         static_cast<int>(loss.names));
    ++tally_.losses;
    fs_->CutPower();
    fs_->RestorePower(loss, rng_);
    fs_->Disarm();
  }

  void Judge() {
    SCOPED_TRACE(done_);
    const absl::StatusOr<std::unique_ptr<EventLog>> log = OpenLog();
    ASSERT_OK(log);
    witness_.Judge(**log, Durability::kSync);
    tally_.kept = witness_.kept();
    tally_.lost = witness_.lost();
    ASSERT_OK((*log)->Sync());  // from here on all of it is on the disk
  }

  Rng rng_;
  const std::string directory_;
  std::shared_ptr<FaultFs> fs_;
  OpenOptions options_;
  RouteWitness witness_;
  Tally tally_;
  std::string done_;
};

TEST(RoutePowerLossTest, LosesNothingThatPublishHasAcknowledged) {
  const uint64_t seed = TestSeed(1);
  const bool one = std::getenv("EVLOG_SEED") != nullptr;
  const uint64_t runs = one ? 1 : SoakOr(480, 24);
  constexpr uint64_t kBatch = 24;
  Tally total;
  for (uint64_t first = 0; first < runs; first += kBatch) {
    const TempDir temps[kBatch];
    const uint64_t count = std::min(kBatch, runs - first);
    const std::vector<bool> passed = RunForked(count, [&](size_t i) {
      SCOPED_TRACE("EVLOG_SEED=" + std::to_string(seed + first + i));
      const Tally tally = RoutePowerLoss(seed + first + i, temps[i].path()).Run();
      WriteFile(temps[i].Path("tally"), {reinterpret_cast<const char*>(&tally), sizeof tally});
    });
    for (uint64_t i = 0; i < count; ++i) {
      ASSERT_TRUE(passed[i]) << "EVLOG_SEED=" << seed + first + i;
      Tally tally;
      const std::string bytes = ReadFile(temps[i].Path("tally"));
      ASSERT_EQ(bytes.size(), sizeof tally);
      std::memcpy(&tally, bytes.data(), sizeof tally);
      total.losses += tally.losses;
      total.kept += tally.kept;
      total.lost += tally.lost;
    }
  }
  fmt::print("{} logs lost power {} times; {} entries kept, {} lost that were not promised\n", runs,
             total.losses, total.kept, total.lost);
  if (one) return;
  EXPECT_GT(total.kept, runs * 10) << "the power goes before anything is done";
  EXPECT_GT(total.lost, runs) << "nothing is ever lost";
}

}  // namespace
}  // namespace evlog
