// Being told of changes; moving streams between databases.
#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "tests/contract/contract_test.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;

EVLOG_CONTRACT_SUITE(WatchTest);

TEST_P(WatchTest, TellsOfEntriesOnceReadersSeeThem) {
  Stream stream = Create("s");
  std::atomic<int> told = 0;
  ASSERT_OK_AND_ASSIGN(Watch watch, stream.OnChange([&told] { ++told; }));
  EXPECT_EQ(told, 0);
  Add(stream, "a");
  EXPECT_GT(told, 0);
  const int before = told;
  watch = Watch();
  Add(stream, "b");
  EXPECT_EQ(told, before);
}

TEST_P(WatchTest, TellsThatTheStreamWasDroppedOrTheLogClosed) {
  Stream dropped = Create("dropped");
  Stream closed = Create("closed");
  std::atomic<int> told_dropped = 0, told_closed = 0;
  ASSERT_OK_AND_ASSIGN(const Watch first, dropped.OnChange([&told_dropped] { ++told_dropped; }));
  ASSERT_OK_AND_ASSIGN(const Watch second, closed.OnChange([&told_closed] { ++told_closed; }));
  ASSERT_OK(log().DropStream("dropped"));
  EXPECT_GT(told_dropped, 0);
  EXPECT_EQ(told_closed, 0);
  ASSERT_OK(log().Close());
  EXPECT_GT(told_closed, 0);
}

TEST_P(WatchTest, TellsOfNamesInAnyDatabase) {
  std::atomic<int> created = 0, left = 0;
  std::mutex mu;
  std::string expired;
  ASSERT_OK_AND_ASSIGN(const Watch watch, log().OnNamesChanged([&](const NamesEvent& event) {
    ++(event.change == NamesChange::kCreated ? created : left);
    const std::lock_guard lock(mu);
    if (event.change == NamesChange::kExpired) {
      expired = std::to_string(event.database) + " " + std::string(event.name);
    }
  }));
  Stream stream = Create("s");
  EXPECT_EQ(created, 1);
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventLog> other, log().InDatabase(3));
  ASSERT_OK(other->CreateStream("s"));
  EXPECT_EQ(created, 2);
  Add(stream, "a");
  ASSERT_OK(log().CopyStream("s", "copy"));
  EXPECT_EQ(created, 3);
  EXPECT_EQ(left, 0);
  ASSERT_OK(log().CopyStream("s", "copy", {.replace = true}));
  EXPECT_EQ(left, 1);
  ASSERT_OK(log().RenameStream("s", "t"));
  EXPECT_EQ(left, 2);
  EXPECT_EQ(created, 5);
  ASSERT_OK(log().DropStream("t"));
  EXPECT_EQ(left, 3);
  ASSERT_OK(log().AlterStream("copy", {.expires_at = clock_.Now() - absl::Seconds(1)}));
  ASSERT_OK(log().Maintain());
  EXPECT_EQ(left, 4);
  EXPECT_EQ(created, 5);
  const std::lock_guard lock(mu);
  EXPECT_EQ(expired, "0 copy");
}

TEST_P(WatchTest, MovesAStreamToAnotherDatabase) {
  Stream stream = Create("s");
  Add(stream, "a");
  ASSERT_OK(log().MoveStream("s", 1));
  EXPECT_THAT(log().DescribeStream("s"), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventLog> other, log().InDatabase(1));
  EXPECT_THAT(ValuesOf(ReadOf(*other, {.stream = "s"})), ElementsAre("a"));
  Add(stream, "b");  // the handle stays with it
  EXPECT_THAT(ValuesOf(ReadOf(*other, {.stream = "s"})), ElementsAre("a", "b"));
  Create("s");
  EXPECT_THAT(other->MoveStream("s", 0), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(other->MoveStream("s", 16), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(other->MoveStream("missing", 0), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace evlog
