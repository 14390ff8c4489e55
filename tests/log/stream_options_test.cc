#include "evlog/stream_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(StreamOptionsTest, DefaultIsValidAndSafe) {
  EXPECT_OK(StreamOptions{}.Validate());
  EXPECT_EQ(StreamOptions{}.durability, Durability::kSync);
}

TEST(StreamOptionsTest, PartitionsHaveBounds) {
  for (const uint32_t partitions : {1u, 2u, 1023u, 1024u}) {
    EXPECT_OK(StreamOptions{.partitions = partitions}.Validate()) << partitions;
  }
  EXPECT_THAT(
      StreamOptions{.partitions = 0}.Validate(),
      StatusIs(absl::StatusCode::kInvalidArgument, "partitions is 0; it must be in 1..1024"));
  for (const uint32_t partitions : {1025u, 65536u, 65537u, UINT32_MAX}) {
    EXPECT_THAT(StreamOptions{.partitions = partitions}.Validate(),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("partitions is " + std::to_string(partitions)),
                               HasSubstr("1..1024"))));
  }
}

TEST(StreamOptionsTest, DurabilityMustBeOneOfThem) {
  for (const Durability level : {Durability::kAsync, Durability::kOs, Durability::kSync}) {
    EXPECT_OK((StreamOptions{.durability = level}).Validate());
  }
  for (const int level : {0, 4, 255}) {
    EXPECT_THAT(StreamOptions{.durability = static_cast<Durability>(level)}.Validate(),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         "durability is " + std::to_string(level) + "; it must be in 1..3"));
  }
}

}  // namespace
}  // namespace evlog
