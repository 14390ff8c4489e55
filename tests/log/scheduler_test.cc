// Delayed appends against the parts of the log: turns, refusals, damage, failed writes.
#include "log/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "log/schedule_rows.h"
#include "tests/log/engine.h"

namespace evlog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Strings = std::vector<std::string>;

class SchedulerTest : public ::testing::Test {
 protected:
  SchedulerTest() { Make(); }
  ~SchedulerTest() override { scheduler_.reset(); }

  void Make() {
    scheduler_ = std::make_unique<Scheduler>(
        &engine_.store(), &engine_.committer(), &engine_.catalog(),
        Scheduler::Options{&engine_.clock(), &engine_.probe(), nullptr});
    ASSERT_OK(scheduler_->Start());
  }
  void Restart() {
    scheduler_.reset();
    engine_.Restart();
    Make();
  }
  // What Log::Reopen does.
  absl::Status Reopen() {
    const absl::Status status = engine_.committer().Reopen([this]() -> absl::Status {
      if (absl::Status loaded = engine_.catalog().Load(); !loaded.ok()) return loaded;
      return scheduler_->Reload();
    });
    scheduler_->Resume();
    return status;
  }

  absl::StatusOr<Ticket> TrySchedule(const std::shared_ptr<StreamState>& stream,
                                     const Strings& values, absl::Duration delay) {
    return scheduler_->Schedule(stream, internal::BatchData::Take(BatchOf(Values(values))),
                                engine_.clock().Now() + delay, Durability::kOs);
  }
  Ticket Schedule(const std::shared_ptr<StreamState>& stream, const Strings& values,
                  absl::Duration delay) {
    const absl::StatusOr<Ticket> ticket = TrySchedule(stream, values, delay);
    EXPECT_OK(ticket);
    return ticket.value();
  }
  std::vector<ScheduledAppend> List(const ScheduledFilter& filter = {}) {
    absl::StatusOr<std::vector<ScheduledAppend>> list = ListScheduled(engine_.store(), 0, filter);
    EXPECT_OK(list);
    return *std::move(list);
  }
  // A row as no scheduler would write it.
  void PutRow(const Ticket& ticket, std::string value) {
    Request request;
    request.rows.push_back(
        {Family::kSchedule, std::string(EncodeScheduleKey(ticket).view()), std::move(value)});
    ASSERT_OK(engine_.committer().Run(&request));
  }
  std::string Damage() {
    std::string found;
    const absl::Status status =
        CheckSchedule(engine_.store(), [&found](const absl::Status& finding) {
          if (!finding.ok()) found += MessageOf(finding) + "\n";
          return absl::OkStatus();
        });
    EXPECT_OK(status);
    return found;
  }
  int64_t waiting() { return engine_.probe().scheduled->value(); }

  Engine engine_;
  std::unique_ptr<Scheduler> scheduler_;
};

TEST_F(SchedulerTest, NothingIsEarly) {
  const auto stream = engine_.Stream("s");
  const Ticket ticket = Schedule(stream, {"a"}, absl::Microseconds(1500));
  EXPECT_EQ(ticket.due(), engine_.clock().Now() + absl::Milliseconds(2));
  engine_.clock().Advance(absl::Microseconds(1999));
  ASSERT_OK(scheduler_->AppendDue());
  EXPECT_THAT(engine_.ReadValues(stream), IsEmpty());
  engine_.clock().Advance(absl::Microseconds(1));
  ASSERT_OK(scheduler_->AppendDue());
  EXPECT_THAT(engine_.ReadValues(stream), ElementsAre("a"));
  EXPECT_THAT(TrySchedule(stream, {"b"}, absl::InfiniteDuration()).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("never")));
  EXPECT_EQ(Schedule(stream, {"b"}, -absl::InfiniteDuration()).ms, 0u);
}

TEST_F(SchedulerTest, ManyThatAreDueGoInTurnsAndInOrder) {
  const auto stream = engine_.Stream("s");
  Strings expected;
  const int count = static_cast<int>(kDueBatchesMax) * 2 + 7;
  for (int i = 0; i < count; ++i) {
    Schedule(stream, {std::to_string(i)}, absl::Seconds(1));
    expected.push_back(std::to_string(i));
  }
  EXPECT_EQ(waiting(), count);
  scheduler_->Stop();  // so that nobody else takes any
  Make();
  engine_.clock().Advance(absl::Seconds(1));
  ASSERT_OK(scheduler_->AppendDue());
  EXPECT_EQ(engine_.ReadValues(stream), expected);
  EXPECT_EQ(waiting(), 0);
  EXPECT_THAT(List(), IsEmpty());
  EXPECT_EQ(Damage(), "");
}

TEST_F(SchedulerTest, LargeBatchesAreWhole) {
  const auto stream = engine_.Stream("s", Durability::kOs, 4);
  Strings expected;
  for (int i = 0; i < 5; ++i) {
    Strings values;
    for (int v = 0; v < 100; ++v) values.push_back(std::to_string(i) + std::string(7000, 'x'));
    Schedule(stream, values, absl::Seconds(5 - i));
    expected.insert(expected.begin(), values.begin(), values.end());
  }
  const std::vector<ScheduledAppend> list = List();
  ASSERT_THAT(list, SizeIs(5));
  EXPECT_EQ(list[0].entries, 100u);
  EXPECT_GT(list[0].bytes, 700'000u);
  engine_.clock().Advance(absl::Seconds(5));
  ASSERT_OK(scheduler_->AppendDue());
  EXPECT_EQ(engine_.ReadValues(stream), expected);
}

TEST_F(SchedulerTest, NumbersAreNeverGivenAgain) {
  const auto stream = engine_.Stream("s");
  const absl::Time start = engine_.clock().Now();
  const Ticket first = Schedule(stream, {"a"}, absl::ZeroDuration());
  ASSERT_OK(scheduler_->AppendDue());
  const Ticket second = Schedule(stream, {"b"}, absl::ZeroDuration());
  EXPECT_EQ(second.ms, first.ms);
  EXPECT_GT(second, first);
  ASSERT_OK(scheduler_->AppendDue());
  EXPECT_THAT(engine_.ReadValues(stream), ElementsAre("a", "b"));
  Restart();
  const auto again = engine_.Stream("s");
  engine_.clock().Set(start - absl::Hours(1));
  const Ticket third = Schedule(again, {"c"}, absl::Hours(1));
  EXPECT_EQ(third.ms, first.ms);
  EXPECT_GT(third, second);
  for (const Ticket& gone : {first, second}) {
    EXPECT_THAT(scheduler_->Cancel(0, gone).status(), StatusIs(absl::StatusCode::kNotFound));
  }
  EXPECT_THAT(List(), SizeIs(1));
}

TEST_F(SchedulerTest, TheThreadWakesForWhatIsDueFirst) {
  const auto stream = engine_.Stream("s");
  Schedule(stream, {"late"}, absl::Hours(1));
  engine_.clock().BlockUntilWaiting(1);
  Schedule(stream, {"soon"}, absl::Minutes(1));
  engine_.clock().Advance(absl::Minutes(1));
  ASSERT_TRUE(stream->AwaitOffset(0, 0, &engine_.clock(), absl::InfiniteFuture(), {}));
  EXPECT_THAT(engine_.ReadValues(stream), ElementsAre("soon"));
  Schedule(stream, {"at once"}, -absl::Hours(1));
  ASSERT_TRUE(stream->AwaitOffset(0, 1, &engine_.clock(), absl::InfiniteFuture(), {}));
  engine_.clock().Advance(absl::Hours(1));
  ASSERT_TRUE(stream->AwaitOffset(0, 2, &engine_.clock(), absl::InfiniteFuture(), {}));
  EXPECT_THAT(engine_.ReadValues(stream), ElementsAre("soon", "at once", "late"));
}

TEST_F(SchedulerTest, EachOfManyThatWaitComesAtItsTime) {
  const auto stream = engine_.Stream("s");
  // More than are kept in mind, in no order; every fourth is taken back.
  constexpr int kSteps = 30, kEach = 100;
  std::vector<Ticket> cancelled;
  for (int i = 0; i < kSteps * kEach; ++i) {
    const int step = i * 7 % kSteps;
    const Ticket ticket = Schedule(stream, {std::to_string(step)}, absl::Seconds(1 + step));
    if (i % 4 == 0) cancelled.push_back(ticket);
  }
  for (const Ticket& ticket : cancelled) ASSERT_OK(scheduler_->Cancel(0, ticket));
  uint64_t before = 0;
  for (int step = 0; step < kSteps; ++step) {
    uint64_t due = 0;
    for (const ScheduledAppend& one : List()) {
      if (one.ticket.due() <= engine_.clock().Now() + absl::Seconds(1)) ++due;
    }
    ASSERT_GT(due, 0u);
    engine_.clock().BlockUntilWaiting(1);
    engine_.clock().Advance(absl::Seconds(1));
    // The thread does it.
    ASSERT_TRUE(
        stream->AwaitOffset(0, before + due - 1, &engine_.clock(), absl::InfiniteFuture(), {}));
    const Strings values = engine_.ReadValues(stream);
    ASSERT_EQ(values.size(), before + due);
    for (uint64_t i = before; i < values.size(); ++i) ASSERT_EQ(values[i], std::to_string(step));
    before += due;
  }
  EXPECT_EQ(waiting(), 0);
  EXPECT_EQ(Damage(), "");
}

TEST_F(SchedulerTest, AClockThatStepsBackDelays) {
  const auto stream = engine_.Stream("s");
  Schedule(stream, {"a"}, absl::Seconds(10));
  engine_.clock().Set(engine_.clock().Now() - absl::Hours(1));
  engine_.clock().Advance(absl::Seconds(10));
  ASSERT_OK(scheduler_->AppendDue());
  EXPECT_THAT(engine_.ReadValues(stream), IsEmpty());
  engine_.clock().Advance(absl::Hours(1));
  ASSERT_OK(scheduler_->AppendDue());
  EXPECT_THAT(engine_.ReadValues(stream), ElementsAre("a"));
}

TEST_F(SchedulerTest, WhatIsRefusedIsTriedAgain) {
  const auto stream = engine_.Stream("s");
  Schedule(stream, {"a"}, absl::Seconds(1));
  Schedule(stream, {"b"}, absl::Seconds(1));
  engine_.committer().RefuseAppends(absl::ResourceExhaustedError("the disk is full"));
  EXPECT_THAT(TrySchedule(stream, {"c"}, absl::Seconds(1)).status(),
              StatusIs(absl::StatusCode::kResourceExhausted));
  engine_.clock().BlockUntilWaiting(1);
  engine_.clock().Advance(absl::Seconds(1));
  EXPECT_THAT(scheduler_->AppendDue(), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(List(), SizeIs(2));
  EXPECT_GE(engine_.probe().scheduled_refusals->value(), 1u);
  engine_.clock().BlockUntilWaiting(1);
  engine_.committer().RefuseAppends(absl::OkStatus());
  engine_.clock().Advance(absl::Seconds(1));
  ASSERT_TRUE(stream->AwaitOffset(0, 1, &engine_.clock(), absl::InfiniteFuture(), {}));
  EXPECT_THAT(engine_.ReadValues(stream), ElementsAre("a", "b"));
  EXPECT_EQ(Damage(), "");
}

TEST_F(SchedulerTest, AStreamWithoutIdsHoldsNobodyUp) {
  const auto full = engine_.Stream("full");
  const auto stream = engine_.Stream("s");
  ASSERT_OK(engine_.Append(full, {Draft{"last", {}, EntryId::Max()}}));
  const Ticket stuck = Schedule(full, {"a"}, absl::ZeroDuration());
  Schedule(stream, {"b"}, absl::ZeroDuration());
  EXPECT_THAT(scheduler_->AppendDue(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(engine_.ReadValues(stream), ElementsAre("b"));
  ASSERT_THAT(List(), SizeIs(1));
  EXPECT_EQ(List()[0].ticket, stuck);
  EXPECT_OK(scheduler_->Cancel(0, stuck));
  EXPECT_EQ(waiting(), 0);
}

TEST_F(SchedulerTest, WhatCannotBeReadIsPassedOverAndStays) {
  const auto stream = engine_.Stream("s");
  const Ticket bad{1, 1000};
  PutRow(bad, "no batch");
  Schedule(stream, {"a"}, absl::ZeroDuration());
  ASSERT_OK(scheduler_->AppendDue());
  EXPECT_THAT(engine_.ReadValues(stream), ElementsAre("a"));
  EXPECT_THAT(Damage(), HasSubstr("delayed append 1-1000"));
  EXPECT_THAT(Damage(), HasSubstr("1 delayed appends are there, but 0 were counted"));
  EXPECT_THAT(Damage(), HasSubstr("the next number is 2"));
  ASSERT_THAT(List(), SizeIs(1));
  EXPECT_EQ(List()[0].ticket, bad);
  EXPECT_THAT(List()[0].status, StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(List({.stream = "s"}), IsEmpty());
  EXPECT_OK(scheduler_->Cancel(0, bad));
  EXPECT_EQ(Damage(), "");
}

TEST_F(SchedulerTest, WhatIsDueForADroppedStreamIsDiscarded) {
  const auto stream = engine_.Stream("s");
  const auto other = engine_.Stream("other");
  const Ticket ticket = Schedule(stream, {"a"}, absl::Seconds(1));
  Schedule(other, {"b"}, absl::Seconds(1));
  ASSERT_OK(engine_.catalog().Drop(0, "s"));
  EXPECT_THAT(TrySchedule(stream, {"c"}, absl::Seconds(1)).status(),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(List(), SizeIs(1));
  EXPECT_THAT(scheduler_->Cancel(0, ticket).status(), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(waiting(), 2);
  engine_.clock().Advance(absl::Seconds(1));
  ASSERT_OK(scheduler_->AppendDue());
  EXPECT_EQ(waiting(), 0);
  EXPECT_EQ(engine_.probe().scheduled_discards->value(), 1u);
  EXPECT_EQ(engine_.probe().scheduled_appends->value(), 1u);
  EXPECT_THAT(engine_.ReadValues(other), ElementsAre("b"));
  EXPECT_EQ(Damage(), "");
}

TEST_F(SchedulerTest, AFailedWriteStopsItUntilTheLogIsReopened) {
  const auto stream = engine_.Stream("s");
  Schedule(stream, {"a", "b"}, absl::Seconds(1));
  engine_.clock().BlockUntilWaiting(1);
  engine_.fs().Arm({.ops = {FileOp::kAppend}, .nth = 1, .for_ever = true, .name_contains = ".log"});
  engine_.clock().Advance(absl::Seconds(1));
  EXPECT_FALSE(scheduler_->AppendDue().ok());
  EXPECT_FALSE(engine_.committer().Health().ok());
  EXPECT_THAT(engine_.ReadValues(stream), IsEmpty());
  EXPECT_FALSE(TrySchedule(stream, {"c"}, absl::Seconds(1)).ok());
  engine_.fs().Disarm();
  ASSERT_OK(Reopen());
  ASSERT_TRUE(stream->AwaitOffset(0, 1, &engine_.clock(), absl::InfiniteFuture(), {}));
  EXPECT_THAT(engine_.ReadValues(stream), ElementsAre("a", "b"));
  EXPECT_EQ(waiting(), 0);
  EXPECT_EQ(Damage(), "");
}

TEST_F(SchedulerTest, WhoCancelsAndWhoAppendsNeverBothWin) {
  const auto stream = engine_.Stream("s");
  std::vector<Ticket> tickets;
  for (int i = 0; i < 500; ++i) {
    tickets.push_back(Schedule(stream, {std::to_string(i)}, absl::Seconds(1)));
  }
  engine_.clock().Advance(absl::Seconds(1));  // the thread appends from now on
  size_t cancelled = 0;
  for (size_t i = tickets.size(); i-- > 0;) {
    const absl::StatusOr<bool> result = scheduler_->Cancel(0, tickets[i]);
    if (result.ok()) {
      ++cancelled;
    } else {
      ASSERT_THAT(result.status(), StatusIs(absl::StatusCode::kNotFound));
    }
  }
  EXPECT_EQ(engine_.ReadValues(stream).size() + cancelled, tickets.size());
  EXPECT_EQ(Damage(), "");
}

}  // namespace
}  // namespace evlog
