#include "evlog/open_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr size_t kTebibyte = size_t{1} << 40;

TEST(OpenOptionsTest, DefaultsAreValid) {
  EXPECT_OK(OpenOptions{}.Validate());
  EXPECT_OK(ReadOnlyOptions{}.Validate());
}

TEST(OpenOptionsTest, EachFieldHasItsRange) {
  struct Case {
    std::string field;
    std::function<void(OpenOptions&, size_t)> set;
    size_t min;
    size_t max;
  };
  const OpenOptions defaults;
  const Case cases[] = {
      {"limits.entry_bytes", [](auto& o, size_t v) { o.limits.entry_bytes = v; },
       defaults.limits.key_bytes + 1, defaults.limits.batch_bytes},
      {"limits.batch_bytes", [](auto& o, size_t v) { o.limits.batch_bytes = v; },
       defaults.limits.entry_bytes, kLimitBytesMax},
      {"limits.key_bytes", [](auto& o, size_t v) { o.limits.key_bytes = v; }, 1,
       defaults.limits.entry_bytes - 1},
      {"limits.fields", [](auto& o, size_t v) { o.limits.fields = static_cast<uint32_t>(v); }, 1,
       kFieldsMax},
      {"in_flight_bytes", [](auto& o, size_t v) { o.in_flight_bytes = v; }, 1024, kTebibyte},
      {"memtable_bytes", [](auto& o, size_t v) { o.memtable_bytes = v; }, 65536, kTebibyte},
      {"block_cache_bytes", [](auto& o, size_t v) { o.block_cache_bytes = v; }, 65536, kTebibyte},
  };
  for (const Case& c : cases) {
    for (const size_t value : {c.min, c.max}) {
      OpenOptions options;
      c.set(options, value);
      EXPECT_OK(options.Validate()) << c.field << "=" << value;
    }
    for (const size_t value : {c.min - 1, c.max + 1}) {
      OpenOptions options;
      c.set(options, value);
      EXPECT_THAT(options.Validate(),
                  StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("; it must be in ")))
          << c.field << "=" << value;
    }
  }
}

// The relations between two limits may be named from either side; what is alone is named itself.
TEST(OpenOptionsTest, ErrorNamesFieldValueAndRange) {
  OpenOptions options;
  options.in_flight_bytes = 1023;
  EXPECT_THAT(options.Validate(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "in_flight_bytes is 1023; it must be in 1024..1099511627776"));
  options = {};
  options.tail_cache_bytes = kTebibyte + 1;
  EXPECT_THAT(options.Validate(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "tail_cache_bytes is 1099511627777; it must be in 0..1099511627776"));
  options = {};
  options.limits.batch_bytes = 1000;
  EXPECT_THAT(options.Validate(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "limits.batch_bytes is 1000; it must be in 16777216..1073741824"));
  options = {};
  options.limits.fields = kFieldsMax + 1;
  EXPECT_THAT(options.Validate(), StatusIs(absl::StatusCode::kInvalidArgument,
                                           "limits.fields is 16777217; it must be in 1..16777216"));
  options = {};
  options.limits.key_bytes = options.limits.entry_bytes;
  EXPECT_THAT(options.Validate(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "limits.key_bytes is 16777216; it must be in 1..16777215"));
}

TEST(OpenOptionsTest, LimitsGoAsFarAsTheyMay) {
  OpenOptions options;
  options.limits.entry_bytes = kLimitBytesMax;
  options.limits.batch_bytes = kLimitBytesMax;
  options.limits.key_bytes = kLimitBytesMax - 1;
  EXPECT_OK(options.Validate());
  options.limits.entry_bytes = kLimitBytesMax + 1;
  EXPECT_THAT(options.Validate(), StatusIs(absl::StatusCode::kInvalidArgument,
                                           StartsWith("limits.entry_bytes is 1073741825")));
  options = {};
  options.limits.entry_bytes = 64;
  options.limits.batch_bytes = 64;
  options.limits.key_bytes = 63;
  EXPECT_OK(options.Validate());
  options.limits.entry_bytes = 63;
  EXPECT_THAT(options.Validate(),
              StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("limits.entry_bytes is 63")));
}

TEST(OpenOptionsTest, NothingIsMadeOfMemorySizesBelowZero) {
  OpenOptions options;
  options.tail_cache_bytes = static_cast<size_t>(-1);
  EXPECT_THAT(options.Validate(),
              StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("tail_cache_bytes")));
  options = {};
  options.tail_cache_bytes = 0;
  options.idle_streams_max = 0;
  EXPECT_OK(options.Validate());
}

TEST(ReadOnlyOptionsTest, PollingHasItsRange) {
  const struct {
    absl::Duration min, max;
    const char* error;  // null: valid
  } cases[] = {
      {absl::Milliseconds(1), absl::Hours(1), nullptr},
      {absl::Milliseconds(20), absl::Milliseconds(20), nullptr},
      {absl::Microseconds(999), absl::Seconds(1), "poll_min is 999us; it must be in 1ms..1h"},
      {absl::ZeroDuration(), absl::Seconds(1), "poll_min is 0; it must be in 1ms..1h"},
      {absl::Seconds(-1), absl::Seconds(1), "poll_min is -1s; it must be in 1ms..1h"},
      {absl::Hours(1) + absl::Nanoseconds(1), absl::InfiniteDuration(),
       "poll_min is 1h0.000000001s"},
      {absl::Milliseconds(20), absl::Milliseconds(19), "poll_max is 19ms; it must be in 20ms..1h"},
      {absl::Milliseconds(20), absl::InfiniteDuration(), "poll_max is inf; it must be in 20ms..1h"},
  };
  for (const auto& c : cases) {
    ReadOnlyOptions options;
    options.poll_min = c.min;
    options.poll_max = c.max;
    if (c.error == nullptr) {
      EXPECT_OK(options.Validate());
    } else {
      EXPECT_THAT(options.Validate(),
                  StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.error)));
    }
  }
}

TEST(ReadOnlyOptionsTest, BlockCacheHasItsRange) {
  ReadOnlyOptions options;
  for (const size_t bytes : {size_t{65536}, kTebibyte}) {
    options.block_cache_bytes = bytes;
    EXPECT_OK(options.Validate());
  }
  for (const size_t bytes : {size_t{65535}, kTebibyte + 1}) {
    options.block_cache_bytes = bytes;
    EXPECT_THAT(options.Validate(),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("block_cache_bytes"), HasSubstr("65536.."))));
  }
}

}  // namespace
}  // namespace evlog
