// Deleting entries with regard to the groups that need them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/contract/groups_fixture.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class GroupsDeleteTest : public GroupsTest {
 protected:
  // Entries a..e; group g has a, b and c pending, and h has all of them pending but a.
  void SetUp() override {
    GroupsTest::SetUp();
    Stream stream = Create("s");
    for (const char* value : {"a", "b", "c", "d", "e"}) {
      ids_.push_back(Add(stream, value).first_id);
    }
    Group g = MakeGroup();
    EXPECT_THAT(ReadAll(g, "x", 3), SizeIs(3));
    Group h = MakeGroup({}, "h");
    EXPECT_THAT(ReadAll(h, "x"), SizeIs(5));
    EXPECT_THAT(h.Ack({ids_.data(), 1}), IsOkAndHolds(1));
  }
  Stream S() { return *log().OpenStream("s"); }
  Group Of(std::string_view name) { return *log().OpenGroup("s", name); }
  std::vector<EntryId> PendingOf(std::string_view name) {
    std::vector<EntryId> ids;
    const absl::StatusOr<std::vector<PendingEntry>> pending = Of(name).ListPending();
    EXPECT_OK(pending);
    for (const PendingEntry& entry : *pending) ids.push_back(entry.id);
    return ids;
  }

  std::vector<EntryId> ids_;
};

TEST_P(GroupsDeleteTest, KeepsReferencesUnlessAskedNotTo) {
  ASSERT_OK_AND_ASSIGN(const DeleteResult result, S().Delete(std::vector{ids_[1], EntryId{1, 1}}));
  EXPECT_EQ(result.entries, 1u);
  EXPECT_THAT(result.each, ElementsAre(Deleted::kDeleted, Deleted::kNotThere));
  EXPECT_THAT(PendingOf("g"), ElementsAre(ids_[0], ids_[1], ids_[2]));
}

TEST_P(GroupsDeleteTest, DropsReferencesInAllGroups) {
  ASSERT_OK_AND_ASSIGN(const DeleteResult result,
                       S().Delete(std::vector{ids_[1]}, {.references = References::kDrop}));
  EXPECT_EQ(result.entries, 1u);
  EXPECT_THAT(PendingOf("g"), ElementsAre(ids_[0], ids_[2]));
  EXPECT_THAT(PendingOf("h"), ElementsAre(ids_[2], ids_[3], ids_[4]));
}

TEST_P(GroupsDeleteTest, OnlyWhatAllGroupsHaveDoneWith) {
  const DeleteOptions options{.references = References::kOnlyAcknowledged};
  ASSERT_OK_AND_ASSIGN(DeleteResult result, S().Delete(ids_, options));
  EXPECT_EQ(result.entries, 0u);
  EXPECT_THAT(result.each, ::testing::Each(Deleted::kReferenced));
  EXPECT_THAT(Of("g").Ack({ids_.data(), 2}), IsOkAndHolds(2));
  ASSERT_OK_AND_ASSIGN(result, S().Delete(ids_, options));
  EXPECT_THAT(result.each,
              ElementsAre(Deleted::kDeleted, Deleted::kReferenced, Deleted::kReferenced,
                          Deleted::kReferenced, Deleted::kReferenced));
  // Not delivered is not acknowledged.
  EXPECT_THAT(Of("h").Ack(ids_), IsOkAndHolds(4));
  ASSERT_OK_AND_ASSIGN(result, S().Delete({&ids_[4], 1}, options));
  EXPECT_THAT(result.each, ElementsAre(Deleted::kReferenced));
  ASSERT_OK(log().DestroyGroup("s", "g"));
  ASSERT_OK_AND_ASSIGN(result, S().Delete({&ids_[4], 1}, options));
  EXPECT_THAT(result.each, ElementsAre(Deleted::kDeleted));
}

TEST_P(GroupsDeleteTest, AcknowledgesAndDeletes) {
  ASSERT_OK_AND_ASSIGN(const DeleteResult result,
                       Of("g").AckDelete(std::vector{ids_[0], ids_[0], ids_[4]}));
  EXPECT_EQ(result.entries, 1u);
  EXPECT_THAT(result.each, ElementsAre(Deleted::kDeleted, Deleted::kNotThere, Deleted::kNotThere));
  EXPECT_THAT(PendingOf("g"), ElementsAre(ids_[1], ids_[2]));
  EXPECT_EQ(log().DescribeStream("s")->entries, 4u);
}

TEST_P(GroupsDeleteTest, AcknowledgesAndDeletesWhatNoOtherGroupNeeds) {
  const DeleteOptions options{.references = References::kOnlyAcknowledged};
  ASSERT_OK_AND_ASSIGN(const DeleteResult result, Of("g").AckDelete({ids_.data(), 2}, options));
  EXPECT_THAT(result.each, ElementsAre(Deleted::kDeleted, Deleted::kReferenced));
  EXPECT_THAT(PendingOf("g"), ElementsAre(ids_[2])) << "acknowledged, both";
  EXPECT_THAT(PendingOf("h"), SizeIs(4));
  EXPECT_EQ(log().DescribeStream("s")->entries, 4u);
}

TEST_P(GroupsDeleteTest, AcknowledgesAndDropsForAllGroups) {
  const DeleteOptions options{.references = References::kDrop};
  ASSERT_OK(Of("g").AckDelete(ids_, options));
  EXPECT_THAT(PendingOf("g"), IsEmpty());
  EXPECT_THAT(PendingOf("h"), ElementsAre(ids_[3], ids_[4]));
  EXPECT_EQ(log().DescribeStream("s")->entries, 2u) << "what g had not got is none of its business";
}

INSTANTIATE_TEST_SUITE_P(Logs, GroupsDeleteTest, ::testing::ValuesIn(LogKinds()), NameOfKind);

}  // namespace
}  // namespace evlog
