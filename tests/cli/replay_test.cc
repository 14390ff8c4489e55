// A replay at its pace, on a clock that is wound by hand, into a target that only remembers.
#include "cli/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdio.h>

#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "evlog/event_log.h"
#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog::cli {
namespace {

using ::testing::ElementsAre;

class Memory : public ReplayTarget {
 public:
  absl::Status Add(const EntryView& entry, const Origin&) override {
    for (const FieldView& field : entry.fields) held_.emplace_back(field.value);
    return failing ? absl::UnavailableError("full") : absl::OkStatus();
  }
  absl::Status Flush() override {
    for (std::string& value : held_) flushed.push_back(std::move(value));
    held_.clear();
    return absl::OkStatus();
  }
  absl::Status Finish() override {
    finished = true;
    return Flush();
  }
  Progress done() const override { return {}; }

  std::vector<std::string> flushed;
  bool finished = false;
  bool failing = false;

 private:
  std::vector<std::string> held_;
};

class ReplayTest : public ::testing::Test {
 protected:
  ReplayTest() : status_(fileno(stderr), /*terminal=*/false, &clock_) {
    OpenOptions options;
    options.maintenance_interval = absl::InfiniteDuration();
    absl::StatusOr<std::unique_ptr<EventLog>> log = Open(directory_.path() + "/log", options);
    EXPECT_OK(log);
    log_ = *std::move(log);
    absl::StatusOr<Stream> stream = log_->OpenStream("s", {.durability = Durability::kOs});
    EXPECT_OK(stream);
    for (const uint64_t ms : {1000, 1001, 3500, 9000}) {
      const std::string value = std::to_string(ms);
      EXPECT_OK(stream->Append({{"v", value}}, {.id = EntryId{ms, 0}}).status());
    }
  }

  absl::Status Run(const char* speed, uint64_t limit = UINT64_MAX, std::stop_token stop = {}) {
    ASSIGN_OR_RETURN(const Pace pace, Pace::Parse(speed));
    ASSIGN_OR_RETURN(Filter filter, Filter::Make({}, {}));
    ReadRequest request;
    request.stream = "s";
    request.until = Bound::End();
    ASSIGN_OR_RETURN(Cursor cursor, log_->Read(request));
    CursorSource source(std::move(cursor));
    ReplayOptions options{&clock_, &status_, std::move(stop)};
    options.limit = limit;
    Replay replay(options, std::move(filter), pace, &target_);
    const absl::Status ended = replay.Run(&source);
    sent_ = replay.sent();
    return ended;
  }

  TempDir directory_;
  ManualClock clock_;
  StatusLine status_;
  std::unique_ptr<EventLog> log_;
  Memory target_;
  uint64_t sent_ = 0;
};

TEST_F(ReplayTest, MaxNeverWaits) {
  EXPECT_OK(Run("max"));
  EXPECT_THAT(target_.flushed, ElementsAre("1000", "1001", "3500", "9000"));
  EXPECT_TRUE(target_.finished);
}

TEST_F(ReplayTest, WhatIsDueIsThereBeforeItWaits) {
  std::jthread replay([this] { EXPECT_OK(Run("10x")); });
  clock_.BlockUntilWaiting(1);  // for 1001, due 100 us after the first
  EXPECT_THAT(target_.flushed, ElementsAre("1000"));
  clock_.Advance(absl::Microseconds(100));
  clock_.BlockUntilWaiting(1);
  EXPECT_THAT(target_.flushed, ElementsAre("1000", "1001"));
  // Late by far: it catches up without a wait.
  clock_.Advance(absl::Hours(1));
  replay.join();
  EXPECT_THAT(target_.flushed, ElementsAre("1000", "1001", "3500", "9000"));
  EXPECT_TRUE(target_.finished);
}

TEST_F(ReplayTest, AStopEndsTheWaitInOrder) {
  std::stop_source stop;
  std::jthread replay([&] { EXPECT_OK(Run("1x", UINT64_MAX, stop.get_token())); });
  clock_.BlockUntilWaiting(1);
  stop.request_stop();
  replay.join();
  EXPECT_THAT(target_.flushed, ElementsAre("1000"));
  EXPECT_EQ(sent_, 1u);
  EXPECT_TRUE(target_.finished);
}

TEST_F(ReplayTest, TheLimitCounts) {
  EXPECT_OK(Run("max", 2));
  EXPECT_EQ(sent_, 2u);
  EXPECT_OK(Run("max", 0));
  EXPECT_EQ(sent_, 0u);
}

TEST_F(ReplayTest, ATargetThatFailsEndsIt) {
  target_.failing = true;
  EXPECT_THAT(Run("max"), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(sent_, 0u);
}

}  // namespace
}  // namespace evlog::cli
