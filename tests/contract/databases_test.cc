// SwapDatabases: all that is of a database goes with it.
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/contract/contract_test.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class DatabasesTest : public ContractTest {
 protected:
  std::unique_ptr<EventLog> In(int database) {
    absl::StatusOr<std::unique_ptr<EventLog>> log = this->log().InDatabase(database);
    EXPECT_OK(log);
    return *std::move(log);
  }
  static std::vector<std::string> NamesOf(EventLog& log) {
    std::vector<std::string> names;
    const absl::StatusOr<std::vector<StreamInfo>> infos = log.ListStreams();
    EXPECT_OK(infos);
    for (const StreamInfo& info : *infos) names.push_back(info.name);
    return names;
  }
};

INSTANTIATE_TEST_SUITE_P(Logs, DatabasesTest, ::testing::ValuesIn(LogKinds()), NameOfKind);

TEST_P(DatabasesTest, AllOfItIsExchanged) {
  Stream zero = Create("s");
  Add(zero, "zero");
  ASSERT_OK_AND_ASSIGN(Group group, log().CreateGroup("s", "g"));
  ASSERT_OK(group.Read("ann"));
  ASSERT_OK(zero.Schedule({{"v", "later"}}, clock_.Now() + absl::Hours(1)));
  ASSERT_OK(log().AddRoute({.pattern = "news", .stream = "s"}));
  Transaction transaction;
  transaction.PutState("space", "key", "zero");
  ASSERT_OK(log().Commit(std::move(transaction)));
  ASSERT_OK_AND_ASSIGN(Stream other, In(2)->CreateStream("t"));
  ASSERT_OK(log().SwapDatabases(0, 2));
  // Handles stay with what they are of.
  EXPECT_EQ(zero.database(), 2);
  EXPECT_EQ(other.database(), 0);
  Add(zero, "more");
  ASSERT_OK(log().channels().Publish("news", "routed").status());
  for (int round = 0; round < 2; ++round) {
    std::unique_ptr<EventLog> two = In(2);
    EXPECT_THAT(NamesOf(log()), ElementsAre("t"));
    EXPECT_THAT(NamesOf(*two), ElementsAre("s"));
    EXPECT_THAT(ReadOf(*two, {.stream = "s"}), SizeIs(3));
    EXPECT_THAT(log().ListGroups("s"), StatusIs(absl::StatusCode::kNotFound));
    ASSERT_OK_AND_ASSIGN(Group moved, two->OpenGroup("s", "g"));
    ASSERT_OK_AND_ASSIGN(const GroupDescription description, moved.Describe());
    EXPECT_EQ(description.pending, 1u);
    EXPECT_THAT(log().ListScheduled(), IsOkAndHolds(IsEmpty()));
    EXPECT_THAT(two->ListScheduled(), IsOkAndHolds(SizeIs(1)));
    EXPECT_THAT(two->ListRoutes(), IsOkAndHolds(SizeIs(1)));
    EXPECT_THAT(log().GetState("space", "key"), IsOkAndHolds(std::nullopt));
    EXPECT_THAT(two->GetState("space", "key"), IsOkAndHolds(std::optional<std::string>("zero")));
    two.reset();  // the log ends with its last handle
    Restart();
  }
  clock_.Advance(absl::Hours(2));
  ASSERT_OK(log().Maintain());
  EXPECT_THAT(ReadOf(*In(2), {.stream = "s"}), SizeIs(4));
  ASSERT_OK(In(5)->SwapDatabases(2, 0));
  EXPECT_THAT(NamesOf(log()), ElementsAre("s"));
}

TEST_P(DatabasesTest, SeveralTimes) {
  for (int i = 0; i < 3; ++i) ASSERT_OK(In(i)->CreateStream(std::to_string(i)));
  ASSERT_OK(log().SwapDatabases(0, 1));
  ASSERT_OK(log().SwapDatabases(1, 2));
  ASSERT_OK(log().SwapDatabases(3, 3));
  for (int round = 0; round < 2; ++round) {
    EXPECT_THAT(NamesOf(*In(0)), ElementsAre("1"));
    EXPECT_THAT(NamesOf(*In(1)), ElementsAre("2"));
    EXPECT_THAT(NamesOf(*In(2)), ElementsAre("0"));
    Restart();
  }
  ASSERT_OK(In(1)->MoveStream("2", 0));
  ASSERT_OK(In(2)->CopyStream("0", "copy", {.database = 0}));
  EXPECT_THAT(NamesOf(*In(0)), ElementsAre("1", "2", "copy"));
  for (const auto& [a, b] : {std::pair(0, 16), std::pair(-1, 0)}) {
    EXPECT_THAT(log().SwapDatabases(a, b), StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST_P(DatabasesTest, ReadersBesideTheOwnerSeeIt) {
  if (GetParam().files == LogKind::Files::kMemory) GTEST_SKIP() << "in memory";
  Create("s");
  const std::unique_ptr<EventLog> reader = OpenReader();
  EXPECT_THAT(NamesOf(*reader), ElementsAre("s"));
  ASSERT_OK(log().SwapDatabases(0, 1));
  EXPECT_THAT(NamesOf(*reader), IsEmpty());
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventLog> one, reader->InDatabase(1));
  EXPECT_THAT(NamesOf(*one), ElementsAre("s"));
  EXPECT_THAT(reader->SwapDatabases(0, 1), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_P(DatabasesTest, WhoWatchesNamesIsToldOfAny) {
  std::vector<NamesChange> told;
  ASSERT_OK_AND_ASSIGN(const Watch watch, log().OnNamesChanged([&told](const NamesEvent& event) {
    EXPECT_EQ(event.name, "");
    told.push_back(event.change);
  }));
  ASSERT_OK(log().SwapDatabases(0, 1));
  EXPECT_THAT(told, ElementsAre(NamesChange::kLeft, NamesChange::kCreated));
}

}  // namespace
}  // namespace evlog
