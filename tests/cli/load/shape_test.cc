// What the command line asks of the load generator.
#include "cli/load/shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;

TEST(ShapeTest, Sizes) {
  ASSERT_OK_AND_ASSIGN(const Payload::Sizes one, ParseSizes("100"));
  EXPECT_EQ(one.min, 100u);
  EXPECT_EQ(one.max, 100u);
  ASSERT_OK_AND_ASSIGN(const Payload::Sizes range, ParseSizes("20..4kB"));
  EXPECT_EQ(range.min, 20u);
  EXPECT_EQ(range.max, 4000u);
  for (const char* text : {"", "x", "5..4", "..", "1..", "..5", "1.5", "-1", "17MiB", "1..2..3"}) {
    EXPECT_THAT(ParseSizes(text).status(), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(ShapeTest, Rates) {
  EXPECT_THAT(ParseRate("max"), IsOkAndHolds(0u));
  EXPECT_THAT(ParseRate("5000"), IsOkAndHolds(5000u));
  EXPECT_THAT(ParseRate("5000/s"), IsOkAndHolds(5000u));
  for (const char* text : {"", "0", "0/s", "/s", "5k", "5/m", "-1", "1.5", "1000000001"}) {
    EXPECT_THAT(ParseRate(text).status(), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST(ShapeTest, WhoGetsWhat) {
  LoadShape shape{.kind = LoadKind::kConsume, .consumers = 3, .groups = 2, .streams = 5};
  EXPECT_EQ(shape.AllConsumers(), 30u);
  EXPECT_EQ(shape.FanOut(), 2u);
  shape.kind = LoadKind::kRead;
  EXPECT_EQ(shape.AllConsumers(), 15u);
  EXPECT_EQ(shape.FanOut(), 3u);
  shape.kind = LoadKind::kAppend;
  EXPECT_EQ(shape.AllConsumers(), 0u);
  EXPECT_EQ(shape.NameOf(4), "bench-4");
  shape.name = "mine";
  EXPECT_EQ(shape.NameOf(4), "bench-mine-4");
  EXPECT_EQ(shape.Names().size(), 5u);
}

TEST(ShapeTest, InWords) {
  EXPECT_EQ(Describe({}), "1 producer, 1 stream, 100 B");
  EXPECT_EQ(Describe({.kind = LoadKind::kConsume,
                      .producers = 2,
                      .groups = 3,
                      .streams = 2,
                      .partitions = 4,
                      .sizes = {16, 99},
                      .keys = 1000,
                      .batch = 10,
                      .pipeline = 8,
                      .rate = 5000,
                      .warmup = absl::Seconds(5)}),
            "2 producers, 6 consumers in 3 groups, 2 streams of 4 partitions, 16..99 B, "
            "1,000 keys, batch 10, pipeline 8, 5,000/s, after 5s to warm up");
  EXPECT_EQ(Describe({.kind = LoadKind::kRead, .producers = 0, .count = 5000}),
            "5,000 entries, 1 consumer, 1 stream, 100 B");
  EXPECT_EQ(Describe({.kind = LoadKind::kPubsub}), "1 publisher, 1 subscriber, 1 channel, 100 B");
}

TEST(ShapeTest, WhatDoesNotGoTogether) {
  EXPECT_OK(CheckShape({}));
  EXPECT_OK(CheckShape({.sizes = {1, 1}}));
  EXPECT_OK(CheckShape({.kind = LoadKind::kRead, .producers = 0, .sizes = {1, 1}}));
  struct Row {
    LoadShape shape;
    const char* says;
  };
  const Row rows[] = {
      {{.producers = 0}, "nothing would be sent"},
      {{.kind = LoadKind::kPubsub, .producers = 0}, "nothing would be sent"},
      {{.kind = LoadKind::kRead, .producers = 0, .rate = 5}, "--rate"},
      {{.kind = LoadKind::kConsume, .producers = 0, .warmup = absl::Seconds(1)}, "--warmup"},
      {{.kind = LoadKind::kRead, .sizes = {15, 20}}, "at least 16 bytes"},
      {{.kind = LoadKind::kRead, .consumers = 100, .streams = 101}, "10,100 consumers"},
  };
  for (const Row& row : rows) {
    EXPECT_THAT(CheckShape(row.shape),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(row.says)));
  }
}

TEST(ShapeTest, WhatIsMeasured) {
  using M = Measure;
  EXPECT_EQ(MeasuresOf({}), (std::vector<M>{M::kSend}));
  EXPECT_EQ(MeasuresOf({.kind = LoadKind::kRead, .producers = 0}), (std::vector<M>{M::kRead}));
  EXPECT_EQ(MeasuresOf({.kind = LoadKind::kRead}), (std::vector<M>{M::kSend, M::kDelivery}));
  EXPECT_EQ(MeasuresOf({.kind = LoadKind::kConsume, .producers = 0}),
            (std::vector<M>{M::kRead, M::kAck}));
  EXPECT_EQ(MeasuresOf({.kind = LoadKind::kConsume}),
            (std::vector<M>{M::kSend, M::kDelivery, M::kAck}));
  EXPECT_EQ(MeasuresOf({.kind = LoadKind::kPubsub}), (std::vector<M>{M::kSend, M::kDelivery}));
  EXPECT_STREQ(MeasureName(LoadKind::kPubsub, M::kSend), "publish");
  EXPECT_STREQ(MeasureName(LoadKind::kAppend, M::kSend), "append");
}

}  // namespace
}  // namespace evlog::cli
