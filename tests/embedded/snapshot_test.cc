#include "evlog/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

class SnapshotTest : public ::testing::Test {
 protected:
  SnapshotTest() { Start(); }

  void Start() {
    log_.reset();
    OpenOptions options;
    options.clock = &clock_;
    options.maintenance_interval = absl::InfiniteDuration();
    absl::StatusOr<std::unique_ptr<EventLog>> log = Open(temp_.Path("log"), options);
    EXPECT_OK(log);
    log_ = *std::move(log);
    stream_ = Get("s");
  }
  Stream Get(std::string_view name) {
    absl::StatusOr<Stream> stream = log_->OpenStream(name, {.durability = Durability::kOs});
    EXPECT_OK(stream);
    return *std::move(stream);
  }
  void Save(const Stream& stream, const Snapshot& snapshot) {
    Transaction transaction;
    PutSnapshot(stream, snapshot, &transaction);
    EXPECT_OK(log_->Commit(std::move(transaction)));
  }
  // Its state; "-" when there is none.
  std::string State(const Stream& stream, uint32_t schema = 1) {
    const absl::StatusOr<std::optional<Snapshot>> found = GetSnapshot(*log_, stream, schema);
    EXPECT_OK(found);
    return *found ? (*found)->state + "@" + std::to_string((*found)->version) : "-";
  }

  TempDir temp_;
  ManualClock clock_;
  std::unique_ptr<EventLog> log_;
  Stream stream_;
};

TEST_F(SnapshotTest, TheNewestIsKept) {
  EXPECT_EQ(State(stream_), "-");
  Save(stream_, {.version = 3, .state = "three"});
  Save(stream_, {.version = 7, .state = std::string("se\0ven", 6)});
  EXPECT_EQ(State(stream_), std::string("se\0ven@7", 8));
  Start();
  EXPECT_EQ(State(stream_), std::string("se\0ven@7", 8));
  EXPECT_EQ(State(Get("other")), "-");
  Transaction transaction;
  DeleteSnapshot(stream_, &transaction);
  ASSERT_OK(log_->Commit(std::move(transaction)));
  EXPECT_EQ(State(stream_), "-");
}

TEST_F(SnapshotTest, OfAnotherSchemaIsNone) {
  Save(stream_, {.version = 3, .schema = 2, .state = "x"});
  EXPECT_EQ(State(stream_, 1), "-");
  EXPECT_EQ(State(stream_, 2), "x@3");
}

TEST_F(SnapshotTest, IsCommittedWithWhatItCovers) {
  Transaction transaction;
  ASSERT_OK(transaction.Append(stream_, {{"type", "t"}}, {.expect = Expect::Offset(5)}));
  PutSnapshot(stream_, {.version = 6, .state = "never"}, &transaction);
  EXPECT_THAT(log_->Commit(std::move(transaction)), StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(State(stream_), "-");
}

TEST_F(SnapshotTest, StaysWithTheStreamAndGoesWithIt) {
  Save(stream_, {.version = 3, .state = "x"});
  ASSERT_OK(log_->RenameStream("s", "t"));
  EXPECT_EQ(State(Get("t")), "x@3");
  EXPECT_EQ(State(Get("s")), "-");  // a new one
  ASSERT_OK(log_->DropStream("t"));
  EXPECT_EQ(State(stream_), "-");
  EXPECT_EQ(State(Get("t")), "-");
}

}  // namespace
}  // namespace evlog
