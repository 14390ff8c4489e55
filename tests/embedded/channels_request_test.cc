#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "evlog/channels.h"
#include "tests/embedded/collector.h"
#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

class RequestTest : public ::testing::Test {
 protected:
  RequestTest() : channels_(Options()) {}

  ChannelsOptions Options() {
    ChannelsOptions options;
    options.clock = &clock_;
    return options;
  }
  MessageHandler Echo() {
    return [this](const Message& request) {
      EXPECT_OK(channels_.Publish(request.reply_to(), "re: " + std::string(request.payload())));
    };
  }

  ManualClock clock_;
  Channels channels_;
};

TEST_F(RequestTest, GetsTheFirstAnswer) {
  ASSERT_OK_AND_ASSIGN(Subscription a, channels_.Subscribe("echo", {}, Echo()));
  ASSERT_OK_AND_ASSIGN(Subscription b, channels_.SubscribeInline("echo", Echo()));
  for (const std::string& payload : {std::string("hello"), std::string(5000, 'x')}) {
    ASSERT_OK_AND_ASSIGN(Message answer, channels_.Request("echo", payload, absl::Seconds(1)));
    EXPECT_EQ(answer.payload(), "re: " + payload);
  }
}

TEST_F(RequestTest, RunsOnManyThreadsAtOnce) {
  SubscribeOptions options;
  options.workers = 2;
  ASSERT_OK_AND_ASSIGN(Subscription echo, channels_.Subscribe("echo", options, Echo()));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 200; ++i) {
        const std::string payload = std::to_string(t) + "/" + std::to_string(i);
        ASSERT_OK_AND_ASSIGN(Message answer,
                             channels_.Request("echo", payload, absl::InfiniteDuration()));
        ASSERT_EQ(answer.payload(), "re: " + payload);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(RequestTest, SaysWhenNobodyIsThere) {
  EXPECT_THAT(channels_.Request("echo", "", absl::Seconds(1)),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(RequestTest, GivesUpAfterTheTimeoutAndIgnoresLateAnswers) {
  ASSERT_OK_AND_ASSIGN(Subscription silent, channels_.Subscribe("silent"));
  std::thread requester([this] {
    EXPECT_THAT(channels_.Request("silent", "", absl::Seconds(1)),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
  });
  clock_.BlockUntilWaiting(1);
  Message request;
  ASSERT_THAT(silent.Next(&request), IsOkAndHolds(true));
  clock_.Advance(absl::Seconds(1));
  requester.join();
  EXPECT_THAT(channels_.Publish(request.reply_to(), "late"), IsOkAndHolds(0u));
}

TEST_F(RequestTest, StopsWhenAsked) {
  ASSERT_OK_AND_ASSIGN(Subscription silent, channels_.Subscribe("silent"));
  std::stop_source stop;
  std::thread requester([&] {
    EXPECT_THAT(channels_.Request("silent", "", absl::Seconds(1), stop.get_token()),
                StatusIs(absl::StatusCode::kCancelled));
  });
  clock_.BlockUntilWaiting(1);
  stop.request_stop();
  requester.join();
}

TEST_F(RequestTest, IsRefusedOnTheSharedThreads) {
  ASSERT_OK_AND_ASSIGN(Subscription echo, channels_.Subscribe("echo", {}, Echo()));
  Collector done;
  ASSERT_OK_AND_ASSIGN(Subscription asks, channels_.Subscribe("ask", {}, [&](const Message& m) {
    EXPECT_THAT(channels_.Request("echo", "", absl::Seconds(1)),
                StatusIs(absl::StatusCode::kFailedPrecondition));
    done.Add(m);
  }));
  ASSERT_OK(channels_.Publish("ask", ""));
  done.Await(1);
}

TEST_F(RequestTest, AnUnknownReplyChannelGoesNowhere) {
  ASSERT_OK_AND_ASSIGN(Subscription silent, channels_.Subscribe("silent"));
  std::thread requester(
      [this] { channels_.Request("silent", "", absl::Seconds(1)).status().IgnoreError(); });
  clock_.BlockUntilWaiting(1);
  Message request;
  ASSERT_THAT(silent.Next(&request), IsOkAndHolds(true));
  EXPECT_THAT(channels_.Publish(std::string(request.reply_to()) + "x", ""), IsOkAndHolds(0u));
  EXPECT_THAT(channels_.Publish(request.reply_to(), "1"), IsOkAndHolds(1u));
  requester.join();
}

}  // namespace
}  // namespace evlog
