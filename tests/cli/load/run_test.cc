// A run of the load generator on a target that the test plays.
#include "cli/load/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/cli/load/skipping_clock.h"
#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"

namespace evlog::cli {
namespace {

using Work = std::function<void(LoadContext*, Recorder*)>;

class FakeWorker : public LoadWorker {
 public:
  FakeWorker(LoadContext* context, Work work)
      : context_(context), recorder_(context->AddRecorder()), work_(std::move(work)) {}
  void Run() override { work_(context_, recorder_); }

 private:
  LoadContext* const context_;
  Recorder* const recorder_;
  const Work work_;
};

class FakeTarget : public LoadTarget {
 public:
  absl::Status Prepare(const LoadShape&) override {
    ++prepared;
    return prepare;
  }
  absl::StatusOr<LoadWorkers> MakeProducers(LoadContext* context) override {
    LoadWorkers workers;
    for (uint32_t i = 0; i != context->shape.producers; ++i) {
      workers.push_back(std::make_unique<FakeWorker>(context, produce));
    }
    return workers;
  }
  absl::StatusOr<LoadWorkers> MakeConsumers(LoadContext* context) override {
    LoadWorkers workers;
    workers.push_back(std::make_unique<FakeWorker>(context, consume));
    return workers;
  }
  absl::Status Finish(bool keep) override {
    ++finished;
    kept = keep;
    return absl::OkStatus();
  }

  absl::Status prepare;
  Work produce, consume;
  int prepared = 0, finished = 0;
  bool kept = false;
};

class RunTest : public testing::Test {
 protected:
  absl::StatusOr<LoadResult> Run(const LoadShape& shape) {
    return RunLoad(shape, &target_, {&clock_, &status_, stop_.get_token()});
  }

  // Sends `n` entries, each of which takes 10 ms.
  Work Send(uint64_t n) {
    return [this, n](LoadContext* context, Recorder* recorder) {
      for (uint64_t i = 0; i != n; ++i) {
        const Nanos since = context->Now();
        clock_.Advance(absl::Milliseconds(10));
        recorder->Record(Measure::kSend, context->Now(), since, 1, 100);
        ++context->sent;
      }
    };
  }

  ManualClock clock_;
  StatusLine status_{-1, /*terminal=*/false, &clock_};
  std::stop_source stop_;
  FakeTarget target_;
};

TEST_F(RunTest, AddsUpWhatProducersSend) {
  target_.produce = Send(250);
  ASSERT_OK_AND_ASSIGN(const LoadResult result, Run({.keep = true}));
  EXPECT_EQ(result.measures[0].entries, 250u);
  EXPECT_EQ(result.measures[0].bytes, 25'000u);
  EXPECT_EQ(result.measures[0].max, 10'000'000);
  EXPECT_EQ(result.elapsed, absl::Milliseconds(2500));
  EXPECT_DOUBLE_EQ(result.measures[0].PerSecond(), 100);
  EXPECT_EQ(result.sent, 250u);
  EXPECT_FALSE(result.failed());
  EXPECT_FALSE(result.interrupted);
  // Pieces of a second, and a rest. Which of them an entry is in depends on who was faster, and a
  // rest in which there is none is left out.
  ASSERT_GE(result.intervals.size(), 2u);
  uint64_t entries = 0;
  for (size_t i = 0; i != result.intervals.size(); ++i) {
    EXPECT_EQ(result.intervals[i].begin, absl::Seconds(i));
    entries += result.intervals[i].measures[0].entries;
  }
  EXPECT_EQ(entries, 250u);
  EXPECT_TRUE(target_.kept);
  EXPECT_EQ(target_.finished, 1);
}

TEST_F(RunTest, EndsWhenConsumersHaveGotEverything) {
  target_.produce = Send(20);
  target_.consume = [](LoadContext* context, Recorder* recorder) {
    while (context->received != 40) {
      if (context->received == 2 * context->sent) {
        std::this_thread::yield();
        continue;
      }
      recorder->Record(Measure::kDelivery, context->Now(), context->begin, 1, 100);
      ++context->received;
    }
  };
  ASSERT_OK_AND_ASSIGN(const LoadResult result, Run({.kind = LoadKind::kRead, .consumers = 2}));
  EXPECT_EQ(result.sent, 20u);
  EXPECT_EQ(result.received, 40u);
  EXPECT_EQ(result.missing, 0u);
  EXPECT_EQ(result.measures[1].entries, 40u);
}

TEST_F(RunTest, SaysWhatConsumersDidNotGet) {
  target_.produce = Send(5);
  target_.consume = [](LoadContext* context, Recorder* recorder) {
    context->received += 3;
    recorder->RecordError("lost connection");
  };
  ASSERT_OK_AND_ASSIGN(const LoadResult result, Run({.kind = LoadKind::kPubsub}));
  EXPECT_EQ(result.missing, 2u);
  EXPECT_EQ(result.errors, (ErrorCounts{{"lost connection", 1}}));
  EXPECT_EQ(result.ErrorTotal(), 1u);
  EXPECT_TRUE(result.failed());
}

TEST_F(RunTest, GivesUpWhenNothingComesAnyMore) {
  SkippingClock clock;
  target_.produce = [](LoadContext* context, Recorder*) { context->sent += 5; };
  target_.consume = [](LoadContext* context, Recorder*) {
    while (!context->all.stop_requested()) std::this_thread::yield();
  };
  ASSERT_OK_AND_ASSIGN(const LoadResult result,
                       RunLoad({.kind = LoadKind::kPubsub}, &target_, {&clock, &status_, {}}));
  EXPECT_EQ(result.missing, 5u);
}

TEST_F(RunTest, WhatIsToBeReadIsThereBefore) {
  std::vector<std::string> order;
  target_.produce = [&](LoadContext* context, Recorder* recorder) {
    order.push_back("fill " + std::to_string(context->shape.count));
    recorder->Record(Measure::kSend, context->Now(), context->Now(), 7, 700);
    context->sent += 7;
  };
  target_.consume = [&](LoadContext* context, Recorder*) {
    order.push_back("read");
    context->received += 7;
  };
  ASSERT_OK_AND_ASSIGN(const LoadResult result,
                       Run({.kind = LoadKind::kRead, .producers = 0, .count = 7}));
  EXPECT_EQ(order, (std::vector<std::string>{"fill 7", "read"}));
  EXPECT_EQ(result.measures[0].entries, 0u);  // filling is not measured
  EXPECT_EQ(result.received, 7u);
  EXPECT_FALSE(result.failed());
}

TEST_F(RunTest, WhatCannotBeFilledIsAnError) {
  target_.produce = [](LoadContext*, Recorder* recorder) { recorder->RecordError("no room"); };
  EXPECT_THAT(Run({.kind = LoadKind::kRead, .producers = 0, .count = 7}).status(),
              StatusIs(absl::StatusCode::kUnavailable, testing::HasSubstr("no room")));
  EXPECT_EQ(target_.finished, 1);
}

TEST_F(RunTest, AStopEndsItWithWhatThereIs) {
  target_.produce = [this](LoadContext* context, Recorder* recorder) {
    recorder->Record(Measure::kSend, context->Now(), context->Now(), 1, 100);
    ++context->sent;
    stop_.request_stop();
    while (!context->producing.stop_requested()) std::this_thread::yield();
  };
  ASSERT_OK_AND_ASSIGN(const LoadResult result, Run({}));
  EXPECT_TRUE(result.interrupted);
  EXPECT_EQ(result.measures[0].entries, 1u);
  EXPECT_FALSE(result.failed());
  EXPECT_EQ(target_.finished, 1);
}

TEST_F(RunTest, WhatWasBegunIsTakenAwayAgain) {
  target_.prepare = absl::AlreadyExistsError("there is such a stream");
  EXPECT_THAT(Run({}).status(), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(target_.finished, 1);
}

}  // namespace
}  // namespace evlog::cli
