// Delayed appends: kept now, appended at their time, once.
#include <string>
#include <vector>

#include "tests/contract/contract_test.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

class ScheduleTest : public ContractTest {
 protected:
  Ticket Delay(Stream& stream, std::string_view value, absl::Duration delay,
               const ScheduleOptions& options = {}) {
    const absl::StatusOr<Ticket> ticket =
        stream.Schedule({{"v", value}}, clock_.Now() + delay, options);
    EXPECT_OK(ticket);
    return ticket.ok() ? *ticket : Ticket();
  }
  std::vector<Ticket> Waiting(const ScheduledFilter& filter = {}) {
    const absl::StatusOr<std::vector<ScheduledAppend>> list = log().ListScheduled(filter);
    EXPECT_OK(list);
    std::vector<Ticket> tickets;
    if (!list.ok()) return tickets;
    for (const ScheduledAppend& one : *list) tickets.push_back(one.ticket);
    return tickets;
  }
  // Winds the clock, and appends what is due then.
  void Pass(absl::Duration time) {
    clock_.Advance(time);
    ASSERT_OK(log().Maintain());
  }
};
INSTANTIATE_TEST_SUITE_P(Logs, ScheduleTest, ::testing::ValuesIn(LogKinds()), NameOfKind);

TEST_P(ScheduleTest, IsAppendedAtItsTime) {
  Stream stream = Create("s");
  const Ticket later = Delay(stream, "b", absl::Seconds(20));
  const Ticket sooner = Delay(stream, "a", absl::Seconds(10));
  EXPECT_LT(sooner, later);
  EXPECT_THAT(Waiting(), ElementsAre(sooner, later));
  EXPECT_THAT(Read("s"), IsEmpty());
  Add(stream, "now");
  Pass(absl::Seconds(10));
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("now", "a"));
  EXPECT_THAT(Waiting(), ElementsAre(later));
  Pass(absl::Seconds(100));
  const std::vector<OwnedEntry> entries = Read("s");
  EXPECT_THAT(ValuesOf(entries), ElementsAre("now", "a", "b"));
  // It has the id of the moment at which it was appended.
  EXPECT_EQ(absl::FromUnixMillis(static_cast<int64_t>(entries[2].id.ms)), clock_.Now());
  EXPECT_THAT(Waiting(), IsEmpty());
}

TEST_P(ScheduleTest, NobodyNeedsToAskForIt) {
  Stream stream = Create("s");
  Cursor cursor = StartReading({.stream = "s"});
  Delay(stream, "a", absl::Minutes(15));
  clock_.Advance(absl::Minutes(15));
  ChunkView chunk;
  ASSERT_OK_AND_ASSIGN(const bool more, cursor.Next(&chunk, absl::InfiniteFuture()));
  EXPECT_TRUE(more);
  EXPECT_EQ(chunk.size(), 1u);
}

TEST_P(ScheduleTest, ATimeThatHasPassedIsAtOnce) {
  Stream stream = Create("s");
  Cursor cursor = StartReading({.stream = "s"});
  Delay(stream, "a", -absl::Hours(1));
  ChunkView chunk;
  ASSERT_OK_AND_ASSIGN(const bool more, cursor.Next(&chunk, absl::InfiniteFuture()));
  EXPECT_TRUE(more);
}

TEST_P(ScheduleTest, ABatchIsOneAppend) {
  Stream stream = Create("s", {.partitions = 4});
  Batch batch;
  ASSERT_OK(batch.Add({{"v", "a"}}, {.key = "k"}));
  ASSERT_OK(batch.Add({{"v", "b"}, {"w", "2"}}, {.key = "l"}));
  ASSERT_OK(batch.Add({{"v", "c"}}));
  ASSERT_OK(stream.Schedule(std::move(batch), clock_.Now() + absl::Seconds(1)));
  EXPECT_EQ(batch.size(), 0u);
  ASSERT_OK_AND_ASSIGN(const std::vector<ScheduledAppend> list, log().ListScheduled());
  ASSERT_THAT(list, SizeIs(1));
  EXPECT_EQ(list[0].stream, "s");
  EXPECT_EQ(list[0].entries, 3u);
  EXPECT_GT(list[0].bytes, 0u);
  EXPECT_EQ(list[0].key, "k");
  EXPECT_THAT(list[0].fields, ElementsAre(Pair("v", "a")));
  EXPECT_OK(list[0].status);
  const Position before = log().Describe().value().position;
  Pass(absl::Seconds(1));
  const std::vector<OwnedEntry> entries = Read("s");
  EXPECT_THAT(ValuesOf(entries), ElementsAre("a", "b", "c"));
  EXPECT_EQ(entries[0].key, "k");
  EXPECT_EQ(entries[1].key, "l");
  EXPECT_EQ(entries[2].key, std::nullopt);
  EXPECT_EQ(log().Describe().value().position.commit, before.commit + 1);
}

TEST_P(ScheduleTest, EqualTimesAreInTheOrderOfTheCalls) {
  Stream stream = Create("s");
  for (int i = 0; i < 20; ++i) Delay(stream, std::to_string(i), absl::Seconds(1));
  Pass(absl::Seconds(1));
  const std::vector<std::string> values = ValuesOf(Read("s"));
  ASSERT_THAT(values, SizeIs(20));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(values[i], std::to_string(i));
}

TEST_P(ScheduleTest, ACancelledOneNeverComes) {
  Stream stream = Create("s");
  const Ticket kept = Delay(stream, "a", absl::Seconds(1));
  const Ticket gone = Delay(stream, "b", absl::Seconds(1));
  ASSERT_OK(log().CancelScheduled(gone));
  EXPECT_THAT(log().CancelScheduled(gone), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(log().CancelScheduled({gone.ms, gone.number + 1}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("-3")));
  Pass(absl::Seconds(1));
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("a"));
  EXPECT_THAT(log().CancelScheduled(kept), StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(ScheduleTest, WaitsWhileTheLogIsClosed) {
  Ticket kept, gone;
  {
    Stream stream = Create("s");
    kept = Delay(stream, "a", absl::Seconds(10));
    gone = Delay(stream, "b", absl::Seconds(10), {.durability = Durability::kOs});
    Delay(stream, "c", absl::Hours(1), {.durability = Durability::kSync});
  }
  Restart();
  EXPECT_THAT(Waiting(), SizeIs(3));
  ASSERT_OK(log().CancelScheduled(gone));
  Close();
  clock_.Advance(absl::Minutes(1));
  Open();
  ASSERT_OK(log().Maintain());
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("a"));
  EXPECT_THAT(log().CancelScheduled(kept), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Waiting(), SizeIs(1));
  Restart();
  ASSERT_OK_AND_ASSIGN(Stream stream, log().OpenStream("s"));
  const Ticket next = Delay(stream, "d", absl::ZeroDuration());
  EXPECT_GT(next.number, gone.number);
  ASSERT_OK(log().Maintain());
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("a", "d"));
}

TEST_P(ScheduleTest, ListsByStreamAndInPages) {
  Stream a = Create("a"), b = Create("b");
  const Ticket first = Delay(a, "1", absl::Seconds(1));
  const Ticket second = Delay(b, "2", absl::Seconds(2));
  const Ticket third = Delay(a, "3", absl::Seconds(3));
  EXPECT_THAT(Waiting({.stream = "a"}), ElementsAre(first, third));
  EXPECT_THAT(Waiting({.stream = "none"}), IsEmpty());
  EXPECT_THAT(Waiting({.limit = 2}), ElementsAre(first, second));
  EXPECT_THAT(Waiting({.after = second}), ElementsAre(third));
  EXPECT_THAT(Waiting({.stream = "a", .after = first, .limit = 1}), ElementsAre(third));
  EXPECT_THAT(Waiting({.after = third}), IsEmpty());
}

TEST_P(ScheduleTest, GoesWithItsStream) {
  Stream a = Create("a"), b = Create("b");
  Delay(a, "1", absl::Seconds(1));
  Delay(b, "2", absl::Seconds(1));
  ASSERT_OK(log().RenameStream("a", "c"));
  ASSERT_OK(log().DropStream("b"));
  Create("b");
  EXPECT_THAT(Waiting(), SizeIs(1));
  EXPECT_THAT(Waiting({.stream = "c"}), SizeIs(1));
  EXPECT_THAT(b.Schedule({{"v", "3"}}, clock_.Now()).status(),
              StatusIs(absl::StatusCode::kNotFound));
  Pass(absl::Seconds(1));
  EXPECT_THAT(ValuesOf(Read("c")), ElementsAre("1"));
  EXPECT_THAT(Read("b"), IsEmpty());
}

TEST_P(ScheduleTest, DatabasesAreApart) {
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventLog> other, log().InDatabase(3));
  ASSERT_OK_AND_ASSIGN(Stream theirs, other->CreateStream("s"));
  Stream ours = Create("s");
  const Ticket there = Delay(theirs, "there", absl::Seconds(1));
  const Ticket here = Delay(ours, "here", absl::Seconds(1));
  EXPECT_THAT(Waiting(), ElementsAre(here));
  EXPECT_THAT(other->ListScheduled().value(), SizeIs(1));
  EXPECT_THAT(log().CancelScheduled(there), StatusIs(absl::StatusCode::kNotFound));
  Pass(absl::Seconds(1));
  EXPECT_THAT(ValuesOf(Read("s")), ElementsAre("here"));
  EXPECT_THAT(ValuesOf(ReadOf(*other, {.stream = "s"})), ElementsAre("there"));
}

TEST_P(ScheduleTest, IsListedBesideTheOwner) {
  Stream stream = Create("s");
  const Ticket ticket = Delay(stream, "a", absl::Seconds(1));
  const std::unique_ptr<EventLog> reader = OpenReader();
  ASSERT_OK_AND_ASSIGN(std::vector<ScheduledAppend> list, reader->ListScheduled());
  ASSERT_THAT(list, SizeIs(1));
  EXPECT_EQ(list[0].ticket, ticket);
  EXPECT_THAT(reader->CancelScheduled(ticket),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("reading only")));
  ASSERT_OK_AND_ASSIGN(Stream theirs, reader->OpenStream("s"));
  EXPECT_THAT(theirs.Schedule({{"v", "b"}}, clock_.Now()).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  ASSERT_OK(log().CancelScheduled(ticket));
  ASSERT_OK_AND_ASSIGN(list, reader->ListScheduled());
  EXPECT_THAT(list, IsEmpty());
}

TEST_P(ScheduleTest, RefusesWhatCannotBeAppended) {
  Stream stream = Create("s");
  const auto expect_refused = [&](Batch batch, const ScheduleOptions& options = {}) {
    EXPECT_THAT(stream.Schedule(std::move(batch), clock_.Now(), options).status(),
                StatusIs(absl::StatusCode::kInvalidArgument));
  };
  expect_refused({});
  Batch with_id;
  ASSERT_OK(with_id.Add({{"v", "a"}}, {.id = EntryId{1, 1}}));
  expect_refused(std::move(with_id));
  Batch batch;
  ASSERT_OK(batch.Add({{"v", "a"}}));
  expect_refused(std::move(batch), {.key = "k"});
  Batch large;
  ASSERT_OK(large.Add({{"v", std::string(Limits().entry_bytes, 'x')}}));
  expect_refused(std::move(large));
  EXPECT_THAT(stream.Schedule({{"v", "a"}}, absl::InfiniteFuture()).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Waiting(), IsEmpty());
  Close();
  EXPECT_THAT(stream.Schedule({{"v", "a"}}, clock_.Now()).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_P(ScheduleTest, GroupsGetItWhenItIsAppended) {
  Stream stream = Create("s");
  ASSERT_OK_AND_ASSIGN(Group group, log().CreateGroup("s", "g"));
  Delay(stream, "a", absl::Minutes(1));
  clock_.Advance(absl::Minutes(1));
  ASSERT_OK_AND_ASSIGN(const Deliveries got,
                       group.Read("c", {.count = 1, .deadline = absl::InfiniteFuture()}));
  EXPECT_THAT(got.runs, SizeIs(1));
}

TEST_P(ScheduleTest, IsCounted) {
  MetricsRegistry metrics;
  Close();
  OpenOptions options = Options();
  options.metrics = &metrics;
  Open(options);
  const auto waiting = [&metrics] { return metrics.AddGauge("evlog_log_scheduled", "")->value(); };
  Stream stream = Create("s");
  Delay(stream, "a", absl::Seconds(1));
  const Ticket second = Delay(stream, "b", absl::Seconds(2));
  EXPECT_EQ(waiting(), 2);
  ASSERT_OK(log().CancelScheduled(second));
  EXPECT_EQ(waiting(), 1);
  Close();
  Open(options);
  EXPECT_EQ(waiting(), 1);
  Pass(absl::Seconds(1));
  EXPECT_EQ(waiting(), 0);
  EXPECT_EQ(metrics.AddCounter("evlog_log_scheduled_appends_total", "")->value(), 1u);
  Close();
}

}  // namespace
}  // namespace evlog
