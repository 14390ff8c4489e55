// A copy that is cut short, and entries that come and go while it is made.
#include "log/stream_copier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/log/engine.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class StreamCopierTest : public ::testing::Test {
 protected:
  std::shared_ptr<StreamState> Begin(const StreamState& from) {
    absl::StatusOr<std::shared_ptr<StreamState>> copy =
        engine_.catalog().BeginCopy(from, {0, "copy"}, false);
    EXPECT_OK(copy);
    return *std::move(copy);
  }
  uint64_t Rows(Family family) {
    uint64_t count = 0;
    StoreIterator rows = engine_.store().ScanAll(family);
    for (rows.SeekToFirst(); rows.Valid(); rows.Next()) ++count;
    EXPECT_OK(rows.status());
    return count;
  }

  Engine engine_;
};

TEST_F(StreamCopierTest, WhatIsAppendedMeanwhileStaysOut) {
  const std::shared_ptr<StreamState> from = engine_.Stream("s");
  ASSERT_OK(engine_.Append(from, "a"));
  const std::shared_ptr<StreamState> to = Begin(*from);
  StreamCopier copier(&engine_.store(), &engine_.committer(), from, to);
  ASSERT_OK(engine_.Append(from, "b"));
  ASSERT_OK(copier.Run({}));
  auto request = std::make_unique<Request>();
  copier.Finish(request.get());
  ASSERT_OK(engine_.catalog().FinishCopy(to, copier.last_commit(), false, std::move(request)));
  ASSERT_OK_AND_ASSIGN(const std::shared_ptr<StreamState> found, engine_.catalog().Find(0, "copy"));
  EXPECT_THAT(engine_.ReadValues(found), ElementsAre("a"));
  EXPECT_EQ(found->copied_through(), copier.last_commit());
  engine_.Restart();
  ASSERT_OK_AND_ASSIGN(const std::shared_ptr<StreamState> again, engine_.catalog().Find(0, "copy"));
  EXPECT_THAT(engine_.ReadValues(again), ElementsAre("a"));
  EXPECT_EQ(again->copied_through(), copier.last_commit());
}

TEST_F(StreamCopierTest, WhatIsDeletedMeanwhileIsNotInTheCopy) {
  const std::shared_ptr<StreamState> from = engine_.Stream("s");
  for (const char* value : {"a", "b", "c", "d", "e"}) ASSERT_OK(engine_.Append(from, value));
  const std::shared_ptr<StreamState> to = Begin(*from);
  StreamCopier copier(&engine_.store(), &engine_.committer(), from, to);
  ASSERT_OK(copier.Run({}));
  Request removal;
  removal.stream = from;
  removal.Extras().heads = {{0, 1, EntryId::Min()}};
  removal.Extras().deletions = {{0, 2, EntryId{1, 1}}};
  ASSERT_OK(engine_.committer().Run(&removal));
  auto request = std::make_unique<Request>();
  copier.Finish(request.get());
  ASSERT_OK(engine_.catalog().FinishCopy(to, copier.last_commit(), false, std::move(request)));
  EXPECT_THAT(engine_.ReadValues(to), ElementsAre("b", "d", "e"));
}

TEST_F(StreamCopierTest, CutShortItIsDropped) {
  const std::shared_ptr<StreamState> from = engine_.Stream("s");
  ASSERT_OK(engine_.Append(from, "a"));
  const StreamId id = Begin(*from)->id();
  EXPECT_EQ(Rows(Family::kCatalog), 2u);
  // While it is being made it stays.
  EXPECT_THAT(engine_.catalog().DropIfAbandoned(id), IsOkAndHolds(false));
  EXPECT_THAT(engine_.catalog().FindById(id), StatusIs(absl::StatusCode::kNotFound));
  engine_.Restart();
  EXPECT_EQ(Rows(Family::kTimers), 1u);
  EXPECT_THAT(engine_.catalog().DropIfAbandoned(id), IsOkAndHolds(true));
  EXPECT_EQ(Rows(Family::kCatalog), 1u);
  EXPECT_THAT(engine_.catalog().DropIfAbandoned(id), IsOkAndHolds(true));
}

TEST_F(StreamCopierTest, ADroppedOriginalEndsIt) {
  const std::shared_ptr<StreamState> from = engine_.Stream("s");
  ASSERT_OK(engine_.Append(from, "a"));
  const std::shared_ptr<StreamState> to = Begin(*from);
  StreamCopier copier(&engine_.store(), &engine_.committer(), from, to);
  ASSERT_OK(engine_.catalog().Drop(0, "s"));
  EXPECT_THAT(copier.Run({}), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace evlog
