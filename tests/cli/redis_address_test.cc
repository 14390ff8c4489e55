#include "cli/target/redis_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/status_matchers.h"

namespace evlog::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

RedisAddress Parse(std::string_view text) {
  const absl::StatusOr<RedisAddress> address = ParseRedisAddress(text);
  EXPECT_OK(address.status()) << text;
  return address.value_or(RedisAddress());
}

TEST(RedisAddressTest, NamesHostAndPort) {
  EXPECT_EQ(Parse("redis://localhost").Described(), "localhost:6379");
  EXPECT_EQ(Parse("redis://10.0.0.1:7000/").Described(), "10.0.0.1:7000");
  EXPECT_EQ(Parse("redis://[::1]:7000/3").Described(), "[::1]:7000");
  EXPECT_EQ(Parse("redis://[::1]").host, "::1");
}

TEST(RedisAddressTest, HoldsALoginThatIsNotShown) {
  const RedisAddress address = Parse("redis://ann:p%40ss%3a%2F@h:1/rest%20of%2Fit");
  EXPECT_EQ(address.user, "ann");
  EXPECT_EQ(address.password, "p@ss:/");
  EXPECT_EQ(address.rest, "rest of/it");
  EXPECT_EQ(address.Described(), "h:1");
  EXPECT_EQ(Parse("redis://:secret@h").user, "");
  EXPECT_EQ(Parse("redis://:secret@h").password, "secret");
}

TEST(RedisAddressTest, RefusesNonsenseWithoutQuotingIt) {
  for (const char* text :
       {"redis://", "redis://:7000", "redis://h:0", "redis://h:65536", "redis://h:", "redis://h:x",
        "redis://secret@h", "redis://:secret%zz@h", "redis://:secret@[::1", "redis://[::1]x:secret",
        "redis://h/%secret", "rediss://secret", "/a/secret"}) {
    const absl::Status status = ParseRedisAddress(text).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument)) << text;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("secret")));
  }
}

TEST(RedisAddressTest, TheDatabaseIsNamedOnce) {
  EXPECT_EQ(*DatabaseOf(Parse("redis://h"), std::nullopt), 0);
  EXPECT_EQ(*DatabaseOf(Parse("redis://h"), 7), 7);
  EXPECT_EQ(*DatabaseOf(Parse("redis://h/15"), std::nullopt), 15);
  EXPECT_EQ(*DatabaseOf(Parse("redis://h/15"), 15), 15);
  EXPECT_FALSE(DatabaseOf(Parse("redis://h/15"), 3).ok());
  EXPECT_FALSE(DatabaseOf(Parse("redis://h/16"), std::nullopt).ok());
  EXPECT_FALSE(DatabaseOf(Parse("redis://h/x"), std::nullopt).ok());
}

}  // namespace
}  // namespace evlog::cli
