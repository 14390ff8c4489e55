// Consumer groups: who gets what, and when it comes again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/contract/groups_fixture.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// As Redis has it: ids up to where the group was set are behind it, also those that come later.
TEST_P(GroupsTest, AGroupThatIsSetAheadOfTheEndPassesOverWhatComesBefore) {
  Stream stream = Create("s");
  Add(stream, "a", {.id = EntryId{5, 0}});
  ASSERT_OK_AND_ASSIGN(Group group,
                       log().CreateGroup("s", "g", {}, Bound::ExclusiveId(EntryId{7, 0})));
  for (const uint64_t ms : {6, 7, 8, 9}) {
    Add(stream, std::to_string(ms), {.id = EntryId{ms, 0}});
  }
  EXPECT_THAT(ReadAll(group, "x", 1), ElementsAre("8"));
  EXPECT_THAT(ReadAll(group, "x"), ElementsAre("9"));
}

// What is gone is nobody's any more, however short a time its consumer has had it.
TEST_P(GroupsTest, ClaimsNameWhatIsGoneWhateverItsTime) {
  AddThree();
  Group group = MakeGroup();
  ASSERT_OK_AND_ASSIGN(const Deliveries got, group.Read("x", {.count = 100}));
  const std::vector<EntryId> ids = IdsOf(got);
  ASSERT_OK_AND_ASSIGN(Stream stream, log().OpenStream("s"));
  ASSERT_OK(stream.Delete({ids.data(), 2}));
  const ClaimOptions long_idle{.min_idle = absl::Hours(1)};
  ASSERT_OK_AND_ASSIGN(const Claimed one, group.AutoClaim("y", EntryId::Min(), 1, long_idle));
  EXPECT_THAT(one.gone, ElementsAre(ids[0]));
  EXPECT_EQ(one.next, ids[1]);
  ASSERT_OK_AND_ASSIGN(const Claimed two, group.Claim("y", ids, long_idle));
  EXPECT_THAT(two.gone, ElementsAre(ids[1]));
  EXPECT_TRUE(two.taken.empty());
  EXPECT_EQ(group.ListPending()->size(), 1u);
}

TEST_P(GroupsTest, ACountMayBeTheLargestNumber) {
  AddThree();
  Group group = MakeGroup({.ack_wait = absl::Seconds(1)});
  EXPECT_THAT(ReadAll(group, "x", UINT64_MAX), SizeIs(3));
  EXPECT_EQ(group.ReadPending("x", EntryId::Min(), UINT64_MAX)->size(), 3u);
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(ReadAll(group, "y", UINT64_MAX), SizeIs(3));
  EXPECT_EQ(group.AutoClaim("z", EntryId::Min(), UINT64_MAX, {})->taken.size(), 3u);
  GroupReadOptions idle{.count = UINT64_MAX, .claim_idle = absl::ZeroDuration()};
  EXPECT_EQ(group.Read("x", idle)->size(), 3u);
}

TEST_P(GroupsTest, SharesEntriesOutUntilTheyAreAcknowledged) {
  AddThree();
  Group group = MakeGroup();
  ASSERT_OK_AND_ASSIGN(const Deliveries one, group.Read("x", {.count = 2}));
  EXPECT_THAT(ValuesOf(one), ElementsAre("a", "b"));
  EXPECT_EQ(one.size(), 2u);
  EXPECT_THAT(ReadAll(group, "y"), ElementsAre("c"));
  EXPECT_THAT(ReadAll(group, "x"), IsEmpty());
  EXPECT_THAT(group.Ack(one.receipt), IsOkAndHolds(2));
  EXPECT_THAT(group.Ack(one.receipt), IsOkAndHolds(0));
  ASSERT_OK_AND_ASSIGN(const std::vector<PendingEntry> pending, group.ListPending());
  ASSERT_THAT(pending, SizeIs(1));
  EXPECT_EQ(pending[0].consumer, "y");
  EXPECT_EQ(pending[0].deliveries, 1u);
}

TEST_P(GroupsTest, IsWhatItWasAfterARestart) {
  AddThree();
  {
    Group group = MakeGroup({.ack_wait = absl::Minutes(1), .max_deliveries = 5});
    EXPECT_THAT(ReadAll(group, "x", 2), ElementsAre("a", "b"));
    ASSERT_OK_AND_ASSIGN(const std::vector<PendingEntry> pending, group.ListPending());
    EXPECT_THAT(group.Ack(std::vector<EntryId>{pending[0].id}), IsOkAndHolds(1));
  }
  Restart();
  EXPECT_THAT(log().ListGroups("s"), IsOkAndHolds(ElementsAre("g")));
  ASSERT_OK_AND_ASSIGN(Group group, log().OpenGroup("s", "g"));
  ASSERT_OK_AND_ASSIGN(const GroupDescription is, group.Describe());
  EXPECT_EQ(is.options.max_deliveries, 5u);
  EXPECT_EQ(is.pending, 1u);
  EXPECT_EQ(is.lag, 1u);
  EXPECT_EQ(is.entries_read, 2u);
  ASSERT_OK_AND_ASSIGN(const Deliveries again, group.ReadPending("x"));
  EXPECT_THAT(ValuesOf(again), ElementsAre("b"));
  EXPECT_EQ(again.runs[0].deliveries, 2u);
  EXPECT_THAT(ReadAll(group, "x"), ElementsAre("c"));
}

// As the workers of one program begin, all at once: one makes the group, and all get it.
TEST_P(GroupsTest, IsMadeOnceByThoseWhoOpenIt) {
  AddThree();
  constexpr int kWorkers = 4;
  std::vector<std::vector<std::string>> got(kWorkers);
  std::vector<std::thread> workers;
  for (int i = 0; i < kWorkers; ++i) {
    workers.emplace_back([&, i] {
      absl::StatusOr<Group> group = log().OpenGroup("s", "g", GroupOptions{.max_deliveries = 7});
      ASSERT_OK(group.status());
      got[i] = ReadAll(*group, "x" + std::to_string(i), 1);
    });
  }
  for (std::thread& worker : workers) worker.join();
  std::vector<std::string> all;
  for (const auto& each : got) all.insert(all.end(), each.begin(), each.end());
  EXPECT_THAT(all, UnorderedElementsAre("a", "b", "c"));
  ASSERT_OK_AND_ASSIGN(Group again, log().OpenGroup("s", "g", GroupOptions{.max_deliveries = 2}));
  EXPECT_EQ(again.Describe()->options.max_deliveries, 7u) << "options count for who makes it";
  EXPECT_THAT(log().OpenGroup("s", "h", GroupOptions{.dead_letters = "s"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("dead_letters")));
  ASSERT_OK_AND_ASSIGN(Group last, log().OpenGroup("s", "l", GroupOptions{}, Bound::End()));
  EXPECT_THAT(ReadAll(last, "x"), IsEmpty());
}

TEST_P(GroupsTest, AHandleOutlivesItsLog) {
  AddThree();
  std::optional<Group> group = MakeGroup();
  Close();
  EXPECT_THAT(group->Read("x"), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(group->Describe(), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_P(GroupsTest, WhatIsMissingOrWrongIsNamed) {
  Create("s");
  EXPECT_THAT(log().OpenGroup("nothing", "g"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("nothing")));
  EXPECT_THAT(log().OpenGroup("s", "g"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no group")));
  EXPECT_THAT(log().DestroyGroup("s", "g"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(log().CreateGroup("s", ""), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(log().CreateGroup("s", "h", {.dead_letters = "s"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("dead_letters")));
  Group group = MakeGroup();
  EXPECT_THAT(log().CreateGroup("s", "g"), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(group.Read(""), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(group.Read("x", {.count = 0}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("count")));
  EXPECT_THAT(group.DeadLetter({}), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(group.Seek(Bound::Last(1)), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_P(GroupsTest, AnEntryThatIsNotAcknowledgedGoesToAnotherConsumer) {
  AddThree();
  Group group = MakeGroup({.ack_wait = absl::Seconds(30)});
  EXPECT_THAT(ReadAll(group, "dies"), ElementsAre("a", "b", "c"));
  clock_.Advance(absl::Seconds(29));
  EXPECT_THAT(ReadAll(group, "lives"), IsEmpty());
  clock_.Advance(absl::Seconds(1));
  ASSERT_OK_AND_ASSIGN(const Deliveries again, group.Read("lives"));
  EXPECT_THAT(ValuesOf(again), ElementsAre("a", "b", "c"));
  EXPECT_EQ(again.runs[0].deliveries, 2u);
}

TEST_P(GroupsTest, AnEntryThatKillsEachConsumerEndsInTheDeadLetters) {
  AddThree();
  Group group =
      MakeGroup({.ack_wait = absl::Seconds(1), .max_deliveries = 3, .dead_letters = "s.dead"});
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(ReadAll(group, "x", 1), ElementsAre("a"));
    clock_.Advance(absl::Seconds(1));
  }
  EXPECT_THAT(ReadAll(group, "x"), ElementsAre("b", "c"));
  const std::vector<OwnedEntry> letters = Read("s.dead");
  ASSERT_THAT(letters, SizeIs(1));
  EXPECT_EQ(letters[0].fields.back().second, "a");
  EXPECT_EQ(letters[0].fields[0].second, "s");
}

TEST_P(GroupsTest, ANackGivesBack) {
  AddThree();
  Group group = MakeGroup();
  ASSERT_OK_AND_ASSIGN(const Deliveries got, group.Read("x"));
  const std::vector<EntryId> ids = IdsOf(got);
  EXPECT_THAT(group.Nack(std::vector<EntryId>{ids[0]}, {.kind = NackOptions::Kind::kSilent}),
              IsOkAndHolds(1));
  EXPECT_THAT(group.Nack(std::vector<EntryId>{ids[1]}, {.delay = absl::Seconds(5)}),
              IsOkAndHolds(1));
  ASSERT_OK_AND_ASSIGN(const Deliveries first, group.Read("y"));
  EXPECT_THAT(ValuesOf(first), ElementsAre("a"));
  EXPECT_EQ(first.runs[0].deliveries, 1u) << "a silent nack takes the delivery back";
  EXPECT_EQ(group.Describe()->released, 1u);
  clock_.Advance(absl::Seconds(5));
  EXPECT_THAT(ReadAll(group, "y"), ElementsAre("b"));
  // By receipt only what the consumer still has.
  EXPECT_THAT(group.Nack(got.receipt), IsOkAndHolds(1));
  EXPECT_THAT(ReadAll(group, "z"), ElementsAre("c"));
}

TEST_P(GroupsTest, ExtendingKeepsAnEntryFromTheOthers) {
  AddThree();
  Group group = MakeGroup({.ack_wait = absl::Seconds(10)});
  ASSERT_OK_AND_ASSIGN(const Deliveries got, group.Read("x"));
  clock_.Advance(absl::Seconds(8));
  EXPECT_THAT(group.Extend(got.receipt), IsOkAndHolds(3));
  clock_.Advance(absl::Seconds(8));
  EXPECT_THAT(ReadAll(group, "y"), IsEmpty());
  clock_.Advance(absl::Seconds(2));
  EXPECT_THAT(ReadAll(group, "y"), SizeIs(3));
  EXPECT_THAT(group.Extend(got.receipt), IsOkAndHolds(0));
}

TEST_P(GroupsTest, ReadingMayClaimWhatIsIdleFirst) {
  AddThree();
  Group group = MakeGroup({.ack_wait = absl::InfiniteDuration()});
  EXPECT_THAT(ReadAll(group, "x", 2), ElementsAre("a", "b"));
  clock_.Advance(absl::Seconds(5));
  ASSERT_OK_AND_ASSIGN(const Deliveries got, group.Read("y", {.claim_idle = absl::Seconds(5)}));
  EXPECT_THAT(ValuesOf(got), ElementsAre("a", "b", "c"));
  EXPECT_EQ(group.ListPending({.consumer = "y"})->size(), 3u);
  EXPECT_THAT(*group.ListPending({.consumer = "x"}), IsEmpty());
}

// Nobody has had it for any time; only what is put off is not there yet.
TEST_P(GroupsTest, ReadingMayClaimWhatWasGivenBackFirst) {
  AddThree();
  Group group = MakeGroup({.ack_wait = absl::InfiniteDuration(), .redelivers = false});
  ASSERT_OK_AND_ASSIGN(const Deliveries got, group.Read("x"));
  const std::vector<EntryId> ids = IdsOf(got);
  const auto nack = [&](size_t i, std::optional<absl::Duration> delay = std::nullopt) {
    EXPECT_THAT(group.Nack(std::vector<EntryId>{ids[i]}, {.delay = delay}), IsOkAndHolds(1));
  };
  clock_.Advance(absl::Seconds(1));
  nack(2);
  clock_.Advance(absl::Seconds(1));
  nack(1);
  const PendingFilter idle = {.min_idle = absl::Hours(1)};
  EXPECT_EQ(group.ListPending(idle)->size(), 2u);
  const GroupReadOptions hour = {.claim_idle = absl::Hours(1)};
  GroupReadOptions one = {.count = 1, .claim_idle = absl::ZeroDuration()};
  EXPECT_THAT(ValuesOf(*group.Read("y", one)), ElementsAre("c"));
  EXPECT_THAT(ValuesOf(*group.Read("y", hour)), ElementsAre("b"));
  EXPECT_THAT(ValuesOf(*group.Read("y", hour)), IsEmpty());
  one.count = 2;
  nack(1);
  EXPECT_THAT(ValuesOf(*group.Read("z", one)), ElementsAre("b", "a"));
  nack(0, absl::Seconds(5));
  EXPECT_THAT(*group.ListPending(idle), IsEmpty());
  ASSERT_OK_AND_ASSIGN(const Deliveries none, group.Read("z", hour));
  EXPECT_THAT(ValuesOf(none), IsEmpty());
  EXPECT_EQ(none.due, clock_.Now() + absl::Seconds(5));
  clock_.Advance(absl::Seconds(5));
  EXPECT_THAT(ValuesOf(*group.Read("z", hour)), ElementsAre("a"));
}

TEST_P(GroupsTest, ClaimsByIdAndByCursor) {
  AddThree();
  Group group = MakeGroup({.ack_wait = absl::InfiniteDuration()});
  ASSERT_OK_AND_ASSIGN(const Deliveries got, group.Read("x"));
  const std::vector<EntryId> ids = IdsOf(got);
  ASSERT_OK_AND_ASSIGN(const Claimed none,
                       group.Claim("y", ids, {.min_idle = absl::Milliseconds(1)}));
  EXPECT_TRUE(none.taken.empty());
  ASSERT_OK_AND_ASSIGN(const Claimed one, group.Claim("y", std::vector<EntryId>{ids[1]}));
  EXPECT_THAT(ValuesOf(one.taken), ElementsAre("b"));
  ASSERT_OK_AND_ASSIGN(const Claimed part, group.AutoClaim("z", EntryId::Min(), 2, {}));
  EXPECT_THAT(ValuesOf(part.taken), ElementsAre("a", "b"));
  EXPECT_EQ(part.next, ids[2]);
  ASSERT_OK_AND_ASSIGN(const Claimed rest, group.AutoClaim("z", part.next, 2, {}));
  EXPECT_THAT(ValuesOf(rest.taken), ElementsAre("c"));
  EXPECT_EQ(rest.next, EntryId::Min());
}

TEST_P(GroupsTest, LimitsInFlightHoldNewEntriesBackAndNoOthers) {
  Stream stream = Create("s");
  for (int i = 0; i < 6; ++i) Add(stream, std::to_string(i));
  Group group = MakeGroup(
      {.ack_wait = absl::Seconds(10), .max_in_flight = 3, .max_in_flight_of_consumer = 2});
  ASSERT_OK_AND_ASSIGN(const Deliveries got, group.Read("x"));
  EXPECT_THAT(ValuesOf(got), ElementsAre("0", "1"));
  EXPECT_THAT(ReadAll(group, "x"), IsEmpty());
  EXPECT_THAT(ReadAll(group, "y"), ElementsAre("2"));
  EXPECT_THAT(ReadAll(group, "z"), IsEmpty());
  EXPECT_THAT(group.Ack(got.receipt), IsOkAndHolds(2));
  EXPECT_THAT(ReadAll(group, "z"), ElementsAre("3", "4"));
  clock_.Advance(absl::Seconds(10));
  EXPECT_THAT(ReadAll(group, "x"), ElementsAre("2", "3", "4")) << "what is due comes all the same";
}

TEST_P(GroupsTest, APausedGroupDeliversNothing) {
  AddThree();
  GroupOptions options;
  Group group = MakeGroup(options);
  options.paused = true;
  ASSERT_OK(group.Alter(options));
  EXPECT_THAT(ReadAll(group, "x"), IsEmpty());
  Restart();
  ASSERT_OK_AND_ASSIGN(group, log().OpenGroup("s", "g"));
  EXPECT_THAT(ReadAll(group, "x"), IsEmpty());
  options.paused = false;
  ASSERT_OK(group.Alter(options));
  EXPECT_THAT(ReadAll(group, "x"), SizeIs(3));
}

TEST_P(GroupsTest, WhatWasTrimmedIsNoLag) {
  Stream stream = Create("s", {});
  Group group = MakeGroup();
  for (const char* value : {"a", "b", "c"}) {
    Add(stream, value);
    clock_.Advance(absl::Minutes(1));
  }
  ASSERT_OK(stream.Trim({.keep = {.max_entries = 2, .exact = true}}));
  ASSERT_OK_AND_ASSIGN(GroupDescription is, group.Describe());
  EXPECT_EQ(is.lag, 2u);
  EXPECT_EQ(is.lag_age, absl::Minutes(2));
  ASSERT_OK(stream.Trim({.keep = {.max_entries = 0, .exact = true}}));
  ASSERT_OK_AND_ASSIGN(is, group.Describe());
  EXPECT_EQ(is.lag, 0u);
  EXPECT_EQ(is.lag_age, absl::ZeroDuration());
}

TEST_P(GroupsTest, SaysHowFarItLagsInEntriesAndTime) {
  Stream stream = Create("s", {.partitions = 4});
  Group group = MakeGroup();
  EXPECT_EQ(group.Describe()->lag, 0u);
  EXPECT_EQ(group.Describe()->lag_age, absl::ZeroDuration());
  const EntryId first = Add(stream, "a").first_id;
  clock_.Advance(absl::Minutes(1));
  Add(stream, "b");
  ASSERT_OK_AND_ASSIGN(GroupDescription is, group.Describe());
  EXPECT_EQ(is.lag, 2u);
  EXPECT_EQ(is.lag_age, absl::Minutes(1));
  EXPECT_THAT(ReadAll(group, "x", 1), ElementsAre("a"));
  ASSERT_OK_AND_ASSIGN(is, group.Describe());
  EXPECT_EQ(is.lag, 1u);
  EXPECT_EQ(is.lag_age, absl::ZeroDuration());
  EXPECT_EQ(is.last_delivered, first);
  ASSERT_THAT(is.consumers, SizeIs(1));
  EXPECT_EQ(is.consumers[0].name, "x");
  EXPECT_EQ(is.consumers[0].pending, 1u);
  EXPECT_EQ(is.consumers[0].active, clock_.Now());
}

TEST_P(GroupsTest, GroupsOfOneStreamDoNotKnowEachOther) {
  AddThree();
  Group one = MakeGroup({}, "one"), two = MakeGroup({}, "two");
  EXPECT_THAT(ReadAll(one, "x"), SizeIs(3));
  EXPECT_THAT(ReadAll(two, "x"), SizeIs(3));
  ASSERT_OK(log().DestroyGroup("s", "one"));
  EXPECT_THAT(one.Read("x"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("destroyed")));
  EXPECT_THAT(log().ListGroups("s"), IsOkAndHolds(ElementsAre("two")));
  EXPECT_EQ(two.Describe()->pending, 3u);
}

// ---- beside the owner

TEST_P(GroupsTest, AReaderBesideTheOwnerSeesItsGroups) {
  AddThree();
  Group group = MakeGroup();
  EXPECT_THAT(ReadAll(group, "x", 2), SizeIs(2));
  const std::unique_ptr<EventLog> reader = OpenReader();
  EXPECT_THAT(reader->ListGroups("s"), IsOkAndHolds(ElementsAre("g")));
  ASSERT_OK_AND_ASSIGN(Group seen, reader->OpenGroup("s", "g"));
  EXPECT_EQ(seen.Describe()->pending, 2u);
  EXPECT_EQ(seen.Describe()->lag, 1u);
  EXPECT_THAT(ReadAll(group, "x"), SizeIs(1));
  EXPECT_EQ(seen.Describe()->pending, 3u);
  EXPECT_THAT(*seen.ListPending(), SizeIs(3));
  EXPECT_THAT(seen.Read("y"), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(seen.Ack(std::vector<EntryId>{}), StatusIs(absl::StatusCode::kFailedPrecondition));
}

INSTANTIATE_TEST_SUITE_P(Logs, GroupsTest, ::testing::ValuesIn(LogKinds()), NameOfKind);

}  // namespace
}  // namespace evlog
