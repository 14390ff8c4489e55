// The parts of projections, each by itself; and failures that the contract's logs cannot have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "embedded/local_event_log.h"
#include "embedded/projection_fence.h"
#include "embedded/projection_rows.h"
#include "tests/support/fault_fs.h"
#include "tests/support/hex.h"
#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

using ::testing::HasSubstr;

constexpr auto kRefused = absl::StatusCode::kFailedPrecondition;

TEST(ProjectionRowsTest, BytesAreTheSameForEver) {
  EXPECT_EQ(ProjectionSpace("p", 12), std::string("evlog.projection.p\00012", 21));
  EXPECT_EQ(ProjectionKey("p", 258), std::string("p\0\0\0\0\0\0\0\1\2", 10));
  const ProjectionRecord record{true, {0x80, 300, uint64_t{1} << 32 | 2}, 5, "in-*"};
  const std::string bytes = EncodeProjectionRecord(record);
  EXPECT_EQ(ToHex(bytes),
            "0101"
            "8001"
            "ac02"
            "8280808010"
            "05"
            "696e2d2a");
  EXPECT_THAT(DecodeProjectionRecord(bytes), IsOkAndHolds(record));
  EXPECT_EQ(EncodeCurrentVersion(300), "\xac\x02");
}

TEST(ProjectionRowsTest, RefusesDamage) {
  const std::string good = EncodeProjectionRecord({false, {1, 2, 3}, 4, ""});
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_THAT(DecodeProjectionRecord(good.substr(0, size)),
                StatusIs(absl::StatusCode::kDataLoss));
  }
  for (const char* bad : {"\x02\x01\x01\x01\x01\x01", "\x01\x02\x01\x01\x01\x01"}) {
    EXPECT_THAT(DecodeProjectionRecord(bad), StatusIs(absl::StatusCode::kDataLoss));
  }
}

TEST(ProjectionFenceTest, AsksTheStoreWhenItDoesNotKnow) {
  ProjectionFence fence("p");
  uint64_t stored = 2;
  int asked = 0;
  const auto read = [&]() -> absl::StatusOr<uint64_t> {
    ++asked;
    return stored;
  };
  const auto commit = [] { return absl::OkStatus(); };
  EXPECT_THAT(
      fence.Commit(1, false, read, commit),
      StatusIs(kRefused, HasSubstr("version 1 of projection \"p\" was replaced by version 2")));
  EXPECT_OK(fence.Commit(2, false, read, commit));
  EXPECT_OK(fence.Commit(3, true, read, commit));
  EXPECT_THAT(fence.Commit(2, false, read, commit), StatusIs(kRefused));
  EXPECT_EQ(asked, 1);
  // A promotion whose outcome is not known may have happened or not.
  for (const uint64_t found : {3, 4}) {
    EXPECT_THAT(fence.Commit(4, true, read, [] { return absl::UnavailableError("unknown"); }),
                StatusIs(absl::StatusCode::kUnavailable));
    stored = found;
    EXPECT_EQ(fence.Commit(3, false, read, commit).ok(), found == 3);
  }
  EXPECT_EQ(asked, 3);
}

TEST(ProjectionFenceTest, OneOfAVersionAtATime) {
  ProjectionFences fences;
  const std::shared_ptr<ProjectionFence> fence = fences.Of(0, "p");
  EXPECT_EQ(fences.Of(0, "p"), fence);
  EXPECT_NE(fences.Of(1, "p"), fence);
  EXPECT_OK(fence->Enter(1));
  EXPECT_OK(fence->Enter(2));
  EXPECT_THAT(fence->Enter(1), StatusIs(absl::StatusCode::kUnavailable));
  fence->Leave(1);
  EXPECT_OK(fence->Enter(1));
}

class ProjectionFailureTest : public ::testing::Test {
 protected:
  ProjectionFailureTest() {
    OpenOptions options;
    options.clock = &clock_;
    options.maintenance_interval = absl::InfiniteDuration();
    absl::StatusOr<std::unique_ptr<EventLog>> log = OpenOn({fs_}, temp_.Path("log"), options);
    EXPECT_OK(log);
    log_ = *std::move(log);
  }
  Projection MustOpen(uint64_t version) {
    absl::StatusOr<Projection> projection = log_->OpenProjection(
        {.name = "count", .version = version, .pattern = "in", .commit_entries = 5},
        [this](const ProjectedEntry&, ProjectionBatch& batch) -> absl::Status {
          ++handled_;
          absl::StatusOr<std::optional<std::string>> before = batch.Get("n");
          if (!before.ok()) return before.status();
          batch.Put("n", std::to_string(before->has_value() ? std::stoi(**before) + 1 : 1));
          return absl::OkStatus();
        });
    EXPECT_OK(projection);
    return std::move(projection).value();
  }
  void Append(int count) {
    absl::StatusOr<Stream> stream = log_->OpenStream("in", {.durability = Durability::kOs});
    ASSERT_OK(stream);
    for (int i = 0; i < count; ++i) ASSERT_OK(stream->Append({{"v", "x"}}));
  }

  TempDir temp_;
  std::shared_ptr<FaultFs> fs_ = std::make_shared<FaultFs>(temp_.Path("stash"));
  ManualClock clock_;
  std::unique_ptr<EventLog> log_;
  std::atomic<int> handled_{0};
};

// Whatever became of the commit that failed.
TEST_F(ProjectionFailureTest, GoesOnExactlyOnceAfterEachFailedWrite) {
  int total = 0;
  uint64_t version = 1;
  for (const bool half : {false, true}) {
    for (uint64_t nth = 1; nth <= 8; ++nth) {
      SCOPED_TRACE(nth);
      Append(12);
      total += 12;
      if (nth == 4) ++version;  // among them the commit that promotes it, and removals
      Projection projection = MustOpen(version);
      fs_->Arm(
          {.ops = {FileOp::kAppend}, .nth = nth, .half_written = half, .name_contains = ".log"});
      const absl::Status status = projection.RunOnce().status();
      const bool failed = fs_->failures() != 0;
      fs_->Disarm();
      EXPECT_EQ(status.ok(), !failed);
      if (failed) {
        EXPECT_THAT(projection.RunOnce(), StatusIs(kRefused, HasSubstr("latched")));
        ASSERT_OK(log_->Reopen());
      }
      ASSERT_OK(projection.RunOnce());
      EXPECT_EQ(projection.entries(), static_cast<uint64_t>(total));
      EXPECT_THAT(GetProjected(*log_, "count", "n"), IsOkAndHolds(std::to_string(total)));
    }
  }
}

TEST_F(ProjectionFailureTest, VersionsRunSideBySide) {
  Append(200);
  Projection first = MustOpen(1);
  ASSERT_OK(first.RunOnce());
  std::stop_source stop;
  std::thread old([&] {
    const absl::Status status = first.Run(absl::InfiniteFuture(), stop.get_token());
    EXPECT_TRUE(status.ok() || status.code() == kRefused) << status;
  });
  std::thread writer([&] { Append(300); });
  std::atomic<bool> reading{true};
  std::thread reader([&] {
    int before = 0;
    while (reading) {
      const auto n = GetProjected(*log_, "count", "n");
      ASSERT_OK(n);
      ASSERT_TRUE(n->has_value());  // never half removed
      const int now = std::stoi(**n);
      ASSERT_GE(now, before);
      before = now;
    }
  });
  writer.join();
  {
    Projection second = MustOpen(2);
    ASSERT_OK(second.RunOnce());
    EXPECT_EQ(second.entries(), 500u);
  }
  reading = false;
  reader.join();
  stop.request_stop();
  old.join();
  EXPECT_THAT(GetProjected(*log_, "count", "n"), IsOkAndHolds("500"));
  EXPECT_THAT(log_->ListState(ProjectionSpace("count", 1)), IsOkAndHolds(::testing::IsEmpty()));
}

}  // namespace
}  // namespace evlog
