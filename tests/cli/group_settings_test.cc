#include "cli/group_settings.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/status_matchers.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;

TEST(GroupSettingsTest, WhatIsNotGivenStays) {
  GroupOptions options;
  options.ack_wait = absl::Minutes(3);
  options.backoff = {absl::Seconds(1)};
  options.max_deliveries = 7;
  options.dead_letters = "dead";
  options.max_in_flight = 8;
  options.max_in_flight_of_consumer = 2;
  options.durability = Durability::kSync;
  options.redelivers = false;
  options.paused = true;
  const GroupOptions before = options;
  GroupSettings none;
  EXPECT_FALSE(none.given());
  EXPECT_OK(none.Apply("s", &options));
  EXPECT_EQ(options, before);
}

TEST(GroupSettingsTest, EveryFlagIsPutOn) {
  GroupSettings settings;
  settings.ack_wait = "1m30s";
  settings.backoff = "1s,500ms,2h";
  settings.max_deliveries = "5";
  settings.dead_letters = "dead";
  settings.max_in_flight = "100";
  settings.max_in_flight_of_consumer = "10";
  settings.durability = "sync";
  settings.redeliver = true;
  EXPECT_TRUE(settings.given());
  GroupOptions options;
  options.redelivers = false;
  EXPECT_OK(settings.Apply("s", &options));
  GroupOptions expected;
  expected.ack_wait = absl::Seconds(90);
  expected.backoff = {absl::Seconds(1), absl::Milliseconds(500), absl::Hours(2)};
  expected.max_deliveries = 5;
  expected.dead_letters = "dead";
  expected.max_in_flight = 100;
  expected.max_in_flight_of_consumer = 10;
  expected.durability = Durability::kSync;
  expected.redelivers = true;
  EXPECT_EQ(options, expected);
}

TEST(GroupSettingsTest, NoneTakesALimitAway) {
  GroupOptions options;
  options.backoff = {absl::Seconds(1)};
  options.max_deliveries = 5;
  options.dead_letters = "dead";
  options.max_in_flight = 8;
  options.max_in_flight_of_consumer = 2;
  options.redelivers = false;
  GroupSettings settings;
  settings.ack_wait = "none";
  settings.backoff = "none";
  settings.max_deliveries = "none";
  settings.no_dead_letters = true;
  settings.max_in_flight = "none";
  settings.max_in_flight_of_consumer = "none";
  settings.redeliver = true;
  EXPECT_OK(settings.Apply("s", &options));
  GroupOptions expected;
  expected.ack_wait = absl::InfiniteDuration();
  EXPECT_EQ(options, expected);
}

TEST(GroupSettingsTest, WrongOnesAreNamed) {
  struct Row {
    std::optional<std::string> GroupSettings::*flag;
    const char* text;
    const char* says;
  };
  static constexpr Row kRows[] = {
      {&GroupSettings::order, "sorted", "--order"},
      {&GroupSettings::poison, "drop", "--poison"},
      {&GroupSettings::ack_wait, "5", "--ack-wait"},
      {&GroupSettings::ack_wait, "0", "ack_wait is 0"},
      {&GroupSettings::backoff, "", "--backoff"},
      {&GroupSettings::backoff, "1s,", "--backoff"},
      {&GroupSettings::backoff, "1s,x", "--backoff"},
      {&GroupSettings::max_deliveries, "0", "--max-deliveries 0: 1 to 4294967294, or none"},
      {&GroupSettings::max_deliveries, "4294967295", "--max-deliveries 4294967295"},
      {&GroupSettings::max_deliveries, "-1", "--max-deliveries"},
      {&GroupSettings::max_in_flight, "0", "--max-in-flight 0"},
      {&GroupSettings::max_in_flight, "1k", "--max-in-flight"},
      {&GroupSettings::max_in_flight_of_consumer, "x", "--max-in-flight-of-consumer"},
      {&GroupSettings::dead_letters, "s", "the stream of the group itself"},
      {&GroupSettings::dead_letters, "", "--dead-letters"},
      {&GroupSettings::durability, "async", "sync or os"},
      {&GroupSettings::durability, "maybe", "--durability"},
  };
  for (const Row& row : kRows) {
    GroupSettings settings;
    settings.*row.flag = row.text;
    GroupOptions options;
    EXPECT_THAT(settings.Apply("s", &options),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(row.says)))
        << row.text;
  }
}

TEST(GroupSettingsTest, OppositesExcludeEachOther) {
  GroupOptions options;
  GroupSettings letters;
  letters.dead_letters = "dead";
  letters.no_dead_letters = true;
  EXPECT_THAT(letters.Apply("s", &options),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--no-dead-letters")));
  GroupSettings again;
  again.redeliver = true;
  again.no_redeliver = true;
  EXPECT_THAT(again.Apply("s", &options),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--no-redeliver")));
  GroupSettings wait;
  wait.ack_wait = "5m";
  wait.no_redeliver = true;
  EXPECT_THAT(wait.Apply("s", &options),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("--ack-wait and --no-redeliver exclude each other")));
}

TEST(GroupSettingsTest, AnAckWaitWantsAGroupThatDeliversAgain) {
  GroupOptions options;
  options.redelivers = false;
  GroupSettings settings;
  settings.ack_wait = "none";
  EXPECT_OK(settings.Apply("s", &options));
  settings.ack_wait = "5m";
  EXPECT_THAT(settings.Apply("s", &options),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("give --redeliver as well")));
  settings.redeliver = true;
  EXPECT_OK(settings.Apply("s", &options));
  EXPECT_TRUE(options.redelivers);
  EXPECT_EQ(options.ack_wait, absl::Minutes(5));
}

}  // namespace
}  // namespace evlog::cli
