// What threads of the load generator record.
#include "cli/load/tally.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace evlog::cli {
namespace {

const Tally& Of(const Tallies& tallies, Measure measure) {
  return tallies[static_cast<size_t>(measure)];
}

TEST(RecorderTest, IsTakenOnce) {
  Recorder recorder;
  recorder.Record(Measure::kSend, 50, 20, 10, 1000);
  recorder.RecordEach(Measure::kDelivery, 60, std::vector<Recorder::Sample>{{10, 5}, {40, 7}});
  recorder.RecordError("broken");
  recorder.RecordError("broken", 2);
  Tallies tallies;
  ErrorCounts errors;
  for (int i = 0; i < 2; ++i) recorder.TakeInto(&tallies, &errors);
  const Tally& sent = Of(tallies, Measure::kSend);
  EXPECT_EQ(sent.entries, 10u);
  EXPECT_EQ(sent.bytes, 1000u);
  EXPECT_EQ(sent.latency.count(), 1u);
  EXPECT_EQ(sent.latency.max(), 30);
  EXPECT_EQ(sent.last, 50);
  const Tally& delivered = Of(tallies, Measure::kDelivery);
  EXPECT_EQ(delivered.entries, 2u);
  EXPECT_EQ(delivered.bytes, 12u);
  EXPECT_EQ(delivered.latency.count(), 2u);
  EXPECT_EQ(delivered.latency.max(), 50);
  EXPECT_EQ(errors, (ErrorCounts{{"broken", 3}}));
  recorder.Record(Measure::kSend, 90, 80, 1, 1);
  recorder.TakeInto(&tallies, &errors);
  EXPECT_EQ(Of(tallies, Measure::kSend).entries, 11u);
  EXPECT_EQ(Of(tallies, Measure::kSend).latency.count(), 2u);
}

TEST(RecorderTest, WhatWarmsUpDoesNotCount) {
  Recorder recorder;
  recorder.CountFrom(100);
  recorder.Record(Measure::kSend, 150, 99, 1, 1);
  recorder.Record(Measure::kSend, 150, 100, 1, 1);
  recorder.RecordEach(Measure::kDelivery, 150, std::vector<Recorder::Sample>{{99, 1}, {101, 1}});
  Tallies tallies;
  ErrorCounts errors;
  recorder.TakeInto(&tallies, &errors);
  EXPECT_EQ(Of(tallies, Measure::kSend).entries, 1u);
  EXPECT_EQ(Of(tallies, Measure::kDelivery).entries, 1u);
}

TEST(RecorderTest, KindsOfErrorsAreBounded) {
  Recorder recorder;
  for (int i = 0; i < 1000; ++i) recorder.RecordError("entry " + std::to_string(i));
  Tallies tallies;
  ErrorCounts errors;
  recorder.TakeInto(&tallies, &errors);
  EXPECT_EQ(errors.size(), 21u);
  EXPECT_EQ(errors["other errors"], 980u);
  EXPECT_EQ(errors["entry 0"], 1u);
}

}  // namespace
}  // namespace evlog::cli
