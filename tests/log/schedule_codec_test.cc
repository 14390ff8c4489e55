#include "log/schedule_codec.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "evlog/schedule.h"
#include "tests/log/damage.h"
#include "tests/log/golden.h"
#include "tests/log/requests.h"
#include "tests/support/hex.h"
#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

constexpr uint64_t kMax = UINT64_MAX;

std::string Encoded(StreamId stream, Batch batch) {
  internal::BatchData data = internal::BatchData::Take(std::move(batch));
  std::string bytes;
  EncodeScheduledBatch(stream, data, &bytes);
  return bytes;
}

std::string Encoded(const ScheduleCounts& counts) {
  std::string bytes;
  EncodeScheduleCounts(counts, &bytes);
  return bytes;
}

std::map<std::string, std::string> Batches() {
  Batch first, second;
  EXPECT_OK(first.Add({{"a", ""}, {"b", "1"}}));
  EXPECT_OK(second.Add({{"v", ""}}, {.key = ""}));
  internal::BatchData one = internal::BatchData::Take(std::move(first));
  internal::BatchData two = internal::BatchData::Take(std::move(second));
  ScheduledBatch segments{
      StreamId(kMax),
      {{1, one.segments()[0].entries.entries()}, {1, two.segments()[0].entries.entries()}}};
  std::string two_segments;
  EncodeScheduledBatch(segments, &two_segments);
  return {{"batch/one", Encoded(StreamId(7), BatchOf(Values({"x"})))},
          {"batch/key", Encoded(StreamId(300), BatchOf({{"x", "k", {}}}))},
          {"batch/shared_names", Encoded(StreamId(7), BatchOf(Values({"x", "y"})))},
          {"batch/two_segments", two_segments}};
}

std::map<std::string, ScheduleCounts> Counts() {
  return {
      {"counts/first", {1, 0}}, {"counts/some", {300, 7}}, {"counts/largest", {kMax, kMax - 1}}};
}

TEST(ScheduleCodecTest, Golden) {
  Golden rows;
  for (const auto& [name, bytes] : Batches()) rows[name] = ToHex(bytes);
  for (const auto& [name, counts] : Counts()) rows[name] = ToHex(Encoded(counts));
  EXPECT_EQ(rows, ReadGolden("schedule.txt"));
}

TEST(ScheduleCodecTest, BatchesAreReadAsWritten) {
  for (const auto& [name, bytes] : Batches()) {
    SCOPED_TRACE(name);
    const ExactBytes exact(bytes);
    ScheduledBatch read;
    ASSERT_OK(DecodeScheduledBatch(exact.view(), &read));
    internal::BatchData copy = read.Copy();
    EXPECT_EQ(copy.count(), read.count());
    EXPECT_EQ(copy.bytes(), read.bytes());
    EXPECT_EQ(copy.has_keys(), name == "batch/key" || name == "batch/two_segments");
    std::string again;
    EncodeScheduledBatch(read.stream, copy, &again);
    EXPECT_EQ(again, bytes);
  }
}

TEST(ScheduleCodecTest, DamagedBatches) {
  for (const auto& [name, bytes] : Batches()) {
    SCOPED_TRACE(name);
    ForEachDamage(bytes, [&](std::string_view damaged, bool is_prefix) {
      ScheduledBatch read;
      const absl::Status status = DecodeScheduledBatch(damaged, &read);
      if (is_prefix || !status.ok()) {
        ASSERT_THAT(status, StatusIs(absl::StatusCode::kDataLoss));
      } else {
        ASSERT_NE(read.count(), 0u);
        ASSERT_NE(read.stream.value(), 0u);
      }
    });
  }
}

TEST(ScheduleCodecTest, BatchesThatCannotBe) {
  ScheduledBatch read;
  const std::string one = Batches()["batch/one"];
  for (const std::string& bytes :
       {std::string("\0\1\1\5", 4) + one.substr(4),          // stream 0
        std::string("\7\0", 2), std::string("\7\1\0\0", 4),  // no segment, an empty one
        one + '\0', std::string("\7\2", 2) + one.substr(2)}) {
    EXPECT_THAT(DecodeScheduledBatch(bytes, &read), StatusIs(absl::StatusCode::kDataLoss))
        << ToHex(bytes);
  }
}

TEST(ScheduleCodecTest, CountsAreReadAsWritten) {
  ScheduleCounts read;
  for (const auto& [name, counts] : Counts()) {
    ASSERT_OK(DecodeScheduleCounts(ExactBytes(Encoded(counts)).view(), &read)) << name;
    EXPECT_EQ(read, counts) << name;
    EXPECT_THAT(DecodeScheduleCounts(Encoded(counts) + '\0', &read),
                StatusIs(absl::StatusCode::kDataLoss));
  }
  for (const ScheduleCounts& bad : {ScheduleCounts{0, 0}, ScheduleCounts{7, 7}}) {
    EXPECT_THAT(DecodeScheduleCounts(Encoded(bad), &read), StatusIs(absl::StatusCode::kDataLoss));
  }
}

TEST(TicketTest, IsTextAndBack) {
  for (const Ticket ticket : {Ticket{0, 1}, Ticket{1'700'000'000'000, 17}, Ticket{kMax, kMax}}) {
    ASSERT_OK_AND_ASSIGN(const Ticket read, Ticket::Parse(ticket.ToString()));
    EXPECT_EQ(read, ticket);
  }
  EXPECT_EQ((Ticket{1'700'000'000'000, 17}.ToString()), "1700000000000-17");
  EXPECT_EQ((Ticket{1'700'000'000'000, 17}.due()), absl::FromUnixSeconds(1'700'000'000));
  EXPECT_EQ((Ticket{kMax, 17}.due()), absl::InfiniteFuture());
  EXPECT_LT((Ticket{1, 9}), (Ticket{2, 1}));
  EXPECT_LT((Ticket{2, 1}), (Ticket{2, 10}));
}

TEST(TicketTest, RefusesOtherText) {
  for (const char* text : {"", "-", "7", "7-", "-7", "7-0", "07-1", "7-01", "+7-1", "7-1 ", " 7-1",
                           "7-1-1", "7--1", "18446744073709551616-1", "7-18446744073709551616"}) {
    EXPECT_THAT(Ticket::Parse(text).status(), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace evlog
