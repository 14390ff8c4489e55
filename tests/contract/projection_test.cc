// Projections: state that is that of the entries up to a position, whatever happens.
#include <atomic>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "evlog/projection.h"
#include "tests/contract/contract_test.h"

namespace evlog {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr auto kRefused = absl::StatusCode::kFailedPrecondition;

EVLOG_CONTRACT_SUITE(ProjectionTest);

// Counts the entries of each stream, and how many of each value there were.
absl::Status Count(const ProjectedEntry& seen, ProjectionBatch& batch) {
  for (const std::string& key :
       {std::string(seen.stream), "v=" + std::string(*seen.entry.fields.Find("v"))}) {
    absl::StatusOr<std::optional<std::string>> before = batch.Get(key);
    if (!before.ok()) return before.status();
    batch.Put(key, std::to_string(std::stoi(before->value_or("0")) + 1));
  }
  return absl::OkStatus();
}

Projection MustOpen(EventLog& log, const ProjectionOptions& options,
                    ProjectionHandler handler = Count) {
  absl::StatusOr<Projection> projection = log.OpenProjection(options, std::move(handler));
  EXPECT_OK(projection);
  return std::move(projection).value();
}

using Rows = std::vector<std::pair<std::string, std::string>>;

TEST_P(ProjectionTest, CountsEachEntryOnce) {
  Stream a = Create("a"), b = Create("b", {.partitions = 3}), other = Create("other");
  for (int round = 1; round <= 3; ++round) {
    for (int i = 0; i < 10; ++i) {
      Add(a, "x");
      Add(b, std::to_string(i));
      Add(other, "y");
    }
    const ProjectionOptions options = {.name = "counts", .pattern = "?", .commit_entries = 7};
    {
      Projection projection = MustOpen(log(), options);
      EXPECT_THAT(projection.RunOnce(), IsOkAndHolds(20u));
      EXPECT_THAT(projection.RunOnce(), IsOkAndHolds(0u));
      EXPECT_EQ(projection.entries(), 20u * round);
    }
    const std::string tens = std::to_string(10 * round);
    EXPECT_THAT(GetProjected(log(), "counts", "a"), IsOkAndHolds(tens));
    EXPECT_THAT(GetProjected(log(), "counts", "v=x"), IsOkAndHolds(tens));
    EXPECT_THAT(GetProjected(log(), "counts", "v=7"), IsOkAndHolds(std::to_string(round)));
    EXPECT_THAT(GetProjected(log(), "counts", "other"), IsOkAndHolds(std::nullopt));
    EXPECT_THAT(ListProjected(log(), "counts", {.prefix = "v=", .limit = 2}),
                IsOkAndHolds(ElementsAre(Pair("v=0", std::to_string(round)),
                                         Pair("v=1", std::to_string(round)))));
    EXPECT_THAT(ListProjected(*OpenReader(), "counts", {}), IsOkAndHolds(SizeIs(13)));
    Restart();
    ASSERT_OK_AND_ASSIGN(a, log().OpenStream("a"));
    ASSERT_OK_AND_ASSIGN(b, log().OpenStream("b"));
    ASSERT_OK_AND_ASSIGN(other, log().OpenStream("other"));
  }
}

TEST_P(ProjectionTest, AnErrorNamesTheEntryAndCommitsNothingOfItsBatch) {
  Stream stream = Create("s"), out = Create("out", {.durability = Durability::kOs});
  Batch batch;
  for (int i = 0; i < 10; ++i) ASSERT_OK(batch.Add({{"v", std::to_string(i)}}));
  ASSERT_OK(stream.Append(std::move(batch)));
  bool broken = true;
  std::vector<std::string> handled;
  const auto handler = [&](const ProjectedEntry& seen, ProjectionBatch& state) -> absl::Status {
    const std::string value(*seen.entry.fields.Find("v"));
    if (broken && value == "6") return absl::OutOfRangeError("no sixes");
    handled.push_back(value);
    EXPECT_OK(state.Append(out, {{"v", value}}));
    state.Put("last", value);
    return absl::OkStatus();
  };
  Projection projection =
      MustOpen(log(), {.name = "p", .version = 3, .pattern = "s", .commit_entries = 4}, handler);
  const EntryId sixth = Read("s")[6].id;
  EXPECT_THAT(projection.RunOnce(),
              StatusIs(absl::StatusCode::kOutOfRange,
                       AllOf(HasSubstr("projection \"p\", version 3, at stream \"s\", id " +
                                       sixth.ToString()),
                             HasSubstr("no sixes"))));
  EXPECT_EQ(projection.entries(), 4u);
  EXPECT_THAT(ValuesOf(Read("out")), ElementsAre("0", "1", "2", "3"));
  EXPECT_THAT(GetProjected(log(), "p", "last"), StatusIs(absl::StatusCode::kNotFound));
  broken = false;
  handled.clear();
  EXPECT_THAT(projection.RunOnce(), IsOkAndHolds(6u));
  EXPECT_THAT(handled, ElementsAre("4", "5", "6", "7", "8", "9"));
  EXPECT_THAT(ValuesOf(Read("out")), SizeIs(10));
  EXPECT_THAT(GetProjected(log(), "p", "last"), IsOkAndHolds("9"));
}

TEST_P(ProjectionTest, ReadsItsOwnWritesWithinABatch) {
  Stream stream = Create("s");
  for (const char* value : {"a", "b", "a", "c"}) Add(stream, value);
  std::vector<std::string> seen_before;
  Projection projection =
      MustOpen(log(), {.name = "p"},
               [&](const ProjectedEntry& seen, ProjectionBatch& state) -> absl::Status {
                 const std::string value(*seen.entry.fields.Find("v"));
                 absl::StatusOr<std::optional<std::string>> before = state.Get("last");
                 if (!before.ok()) return before.status();
                 seen_before.push_back(before->value_or("none"));
                 if (value == "b") {
                   state.Delete("last");
                 } else {
                   state.Put("last", value);
                 }
                 return absl::OkStatus();
               });
  EXPECT_THAT(projection.RunOnce(), IsOkAndHolds(4u));
  EXPECT_THAT(seen_before, ElementsAre("none", "a", "none", "a"));
  Add(stream, "b");
  EXPECT_THAT(projection.RunOnce(), IsOkAndHolds(1u));
  EXPECT_THAT(seen_before.back(), "c");
  EXPECT_THAT(GetProjected(log(), "p", "last"), IsOkAndHolds(std::nullopt));
}

TEST_P(ProjectionTest, ANewVersionIsBuiltWhileTheOldOneAnswers) {
  Stream stream = Create("s", {.durability = Durability::kOs});
  for (int i = 0; i < 1500; ++i) Add(stream, std::to_string(i));
  Projection first = MustOpen(log(), {.name = "p"});
  ASSERT_OK(first.RunOnce());
  std::stop_source stop;
  int handled = 0;
  Projection second = MustOpen(log(), {.name = "p", .version = 2, .commit_entries = 10},
                               [&](const ProjectedEntry&, ProjectionBatch& state) {
                                 if (++handled == 25) stop.request_stop();
                                 state.Put("count", std::to_string(handled));
                                 return absl::OkStatus();
                               });
  EXPECT_THAT(second.RunOnce(stop.get_token()), IsOkAndHolds(25u));
  // Both go on, and the first one answers.
  Add(stream, "0");
  EXPECT_THAT(first.RunOnce(), IsOkAndHolds(1u));
  EXPECT_THAT(GetProjected(log(), "p", "v=0"), IsOkAndHolds("2"));
  ASSERT_OK_AND_ASSIGN(std::vector<ProjectionInfo> infos, DescribeProjection(log(), "p"));
  ASSERT_THAT(infos, SizeIs(2));
  EXPECT_TRUE(infos[0].current);
  EXPECT_EQ(infos[0].entries, 1501u);
  EXPECT_EQ(infos[0].lag_commits, 0u);
  EXPECT_FALSE(infos[1].current);
  EXPECT_EQ(infos[1].entries, 25u);
  EXPECT_GE(infos[1].lag_commits, 1476u);
  EXPECT_THAT(second.RunOnce(), IsOkAndHolds(1476u));
  EXPECT_THAT(GetProjected(log(), "p", "count"), IsOkAndHolds("1501"));
  EXPECT_THAT(ListProjected(log(), "p", {}), IsOkAndHolds(SizeIs(1)));
  // Nothing of the first one is left, and nothing comes back.
  EXPECT_THAT(log().ListState(std::string("evlog.projection.p\0001", 20)), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(log().ListState(std::string("evlog.projection.p\0002", 20)), IsOkAndHolds(SizeIs(1)));
  EXPECT_THAT(log().ListState("evlog.projections"), IsOkAndHolds(SizeIs(2)));
  Add(stream, "1");
  EXPECT_THAT(first.RunOnce(), StatusIs(kRefused, HasSubstr("was replaced by version 2")));
  EXPECT_THAT(log().OpenProjection({.name = "p"}, Count), StatusIs(absl::StatusCode::kUnavailable));
  { const Projection gone = std::move(first); }
  EXPECT_THAT(log().OpenProjection({.name = "p"}, Count), StatusIs(kRefused));
  EXPECT_THAT(log().ListState("evlog.projections"), IsOkAndHolds(SizeIs(2)));
  EXPECT_THAT(second.RunOnce(), IsOkAndHolds(1u));
}

TEST_P(ProjectionTest, OfEachVersionThereIsOne) {
  Create("s");
  Projection one = MustOpen(log(), {.name = "p"});
  EXPECT_THAT(log().OpenProjection({.name = "p"}, Count),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("open already")));
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<EventLog> same, log().InDatabase(0));
  EXPECT_THAT(same->OpenProjection({.name = "p"}, Count), StatusIs(absl::StatusCode::kUnavailable));
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<EventLog> other, log().InDatabase(1));
  MustOpen(*other, {.name = "p"});
  MustOpen(log(), {.name = "q"});
  { const Projection gone = std::move(one); }
  MustOpen(log(), {.name = "p"});
}

TEST_P(ProjectionTest, RefusesWhatItCannotRun) {
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  for (const ProjectionOptions& options :
       std::vector<ProjectionOptions>{{.name = ""},
                                      {.name = std::string("a\0b", 3)},
                                      {.name = std::string(257, 'n')},
                                      {.name = "p", .version = 0},
                                      {.name = "p", .commit_entries = 0},
                                      {.name = "p", .commit_bytes = 0},
                                      {.name = "p", .durability = Durability::kAsync}}) {
    EXPECT_THAT(log().OpenProjection(options, Count), StatusIs(kInvalid));
  }
  ASSERT_OK(MustOpen(log(), {.name = "p", .pattern = "a*"}).RunOnce());
  EXPECT_THAT(log().OpenProjection({.name = "p", .pattern = "b*"}, Count),
              StatusIs(kInvalid, HasSubstr("has the pattern \"a*\"")));
  EXPECT_THAT(OpenReader()->OpenProjection({.name = "p"}, Count), StatusIs(kRefused));
  EXPECT_THAT(GetProjected(log(), "nobody", "key"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(DescribeProjection(log(), "nobody"), IsOkAndHolds(IsEmpty()));
}

TEST_P(ProjectionTest, FollowsUntilItIsStopped) {
  Stream stream = Create("s");
  std::atomic<int> handled{0};
  Projection projection = MustOpen(log(), {.name = "p", .commit_entries = 1000},
                                   [&](const ProjectedEntry& seen, ProjectionBatch& state) {
                                     const absl::Status status = Count(seen, state);
                                     ++handled;
                                     handled.notify_all();
                                     return status;
                                   });
  std::stop_source stop;
  std::thread runner([&] {
    EXPECT_OK(projection.Run(clock_.Now() + absl::Seconds(5)));
    EXPECT_OK(projection.Run(absl::InfiniteFuture(), stop.get_token()));
  });
  clock_.BlockUntilWaiting(1);
  EXPECT_THAT(projection.RunOnce(), StatusIs(kRefused, HasSubstr("another thread runs")));
  Add(stream, "a");
  for (int now = handled; now != 1; now = handled) handled.wait(now);
  clock_.BlockUntilWaiting(1);
  EXPECT_THAT(GetProjected(log(), "p", "s"), IsOkAndHolds("1"));  // caught up, so committed
  clock_.Advance(absl::Seconds(5));
  Add(stream, "b");
  for (int now = handled; now != 2; now = handled) handled.wait(now);
  clock_.BlockUntilWaiting(1);
  stop.request_stop();
  runner.join();
  EXPECT_THAT(GetProjected(log(), "p", "s"), IsOkAndHolds("2"));
  std::thread closing([&] { EXPECT_THAT(projection.Run(), StatusIs(kRefused)); });
  clock_.BlockUntilWaiting(1);
  ASSERT_OK(log().Close());
  closing.join();
}

TEST_P(ProjectionTest, AnAppendOfABatchIsOfItsCommit) {
  Stream stream = Create("in"), out = Create("out", {.durability = Durability::kOs});
  for (int i = 0; i < 3; ++i) Add(stream, std::to_string(i));
  uint64_t expected = 0;
  const auto handler = [&](const ProjectedEntry& seen, ProjectionBatch& state) -> absl::Status {
    state.Put("seen", *seen.entry.fields.Find("v"));
    return state.Append(out, {{"v", *seen.entry.fields.Find("v")}},
                        {.expect = Expect::Offset(expected++)});
  };
  Projection projection = MustOpen(log(), {.name = "p", .pattern = "in"}, handler);
  EXPECT_THAT(projection.RunOnce(), IsOkAndHolds(3u));
  EXPECT_THAT(ValuesOf(Read("out")), ElementsAre("0", "1", "2"));
  Add(out, "somebody else");
  Add(stream, "3");
  EXPECT_THAT(projection.RunOnce(), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(GetProjected(log(), "p", "seen"), IsOkAndHolds("2"));
  expected = 4;
  EXPECT_THAT(projection.RunOnce(), IsOkAndHolds(1u));
  EXPECT_THAT(ValuesOf(Read("out")), ElementsAre("0", "1", "2", "somebody else", "3"));
  EXPECT_THAT(GetProjected(log(), "p", "seen"), IsOkAndHolds("3"));
}

// Its position moves over what does not concern it.
TEST_P(ProjectionTest, DoesNotLookThroughOtherStreamsAgainAndAgain) {
  Stream other = Create("other", {.durability = Durability::kOs});
  Create("s");
  Projection projection = MustOpen(log(), {.name = "p", .pattern = "s"});
  ASSERT_OK(projection.RunOnce());
  const Position before = projection.position();
  for (int i = 0; i < 100; ++i) Add(other, "v");
  ASSERT_OK(projection.RunOnce());
  EXPECT_EQ(projection.position(), before);  // not worth a commit
  for (int i = 0; i < 10'000; ++i) Add(other, "v");
  ASSERT_OK(projection.RunOnce());
  EXPECT_TRUE(projection.position() > before);
  EXPECT_EQ(projection.entries(), 0u);
}

}  // namespace
}  // namespace evlog
