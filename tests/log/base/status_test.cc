#include "log/base/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/support/status_matchers.h"

namespace evlog {
namespace {

using absl::StatusCode;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(StatusTest, BuildersFormat) {
  EXPECT_THAT(Error(StatusCode::kNotFound, "no {} of {}", "stream", 3),
              StatusIs(StatusCode::kNotFound, "no stream of 3"));
  EXPECT_THAT(InvalidArgument("{}%", 5), StatusIs(StatusCode::kInvalidArgument, "5%"));
  EXPECT_THAT(DataLoss("at {:#x}", 255), StatusIs(StatusCode::kDataLoss, "at 0xff"));
}

TEST(StatusTest, AnnotateKeepsTheCode) {
  EXPECT_THAT(Annotate(DataLoss("short"), "file 7"),
              StatusIs(StatusCode::kDataLoss, "file 7: short"));
  EXPECT_OK(Annotate(absl::OkStatus(), "file 7"));
  EXPECT_THAT(Annotate(InvalidArgument("{{}} {}", "{}"), "{x}"),
              StatusIs(StatusCode::kInvalidArgument, "{x}: {} {}"));
}

TEST(StatusTest, QuotedShowsAnyBytes) {
  const struct {
    std::string bytes;
    size_t max;
    const char* expected;
  } cases[] = {
      {"", 64, "\"\""},
      {"abc", 64, "\"abc\""},
      {"a\"b\\c", 64, "\"a\\\"b\\\\c\""},
      {std::string("\0\n\x7f\xff", 4), 64, "\"\\x00\\x0a\\x7f\\xff\""},
      {" ~", 64, "\" ~\""},
      {"abcd", 4, "\"abcd\""},
      {"abcde", 4, "\"abcd...\" (5 bytes)"},
      {std::string(65, 'x'), 0, "\"...\" (65 bytes)"},
  };
  for (const auto& c : cases) EXPECT_EQ(Quoted(c.bytes, c.max), c.expected);
}

absl::Status FailIf(bool fail) { return fail ? DataLoss("lost") : absl::OkStatus(); }

absl::Status Propagate(bool fail, int* steps) {
  ++*steps;
  RETURN_IF_ERROR(FailIf(fail));
  ++*steps;
  return absl::OkStatus();
}

TEST(StatusTest, ReturnIfErrorReturnsOnlyErrors) {
  int steps = 0;
  EXPECT_OK(Propagate(false, &steps));
  EXPECT_EQ(steps, 2);
  EXPECT_THAT(Propagate(true, &steps), StatusIs(StatusCode::kDataLoss, "lost"));
  EXPECT_EQ(steps, 3);
}

absl::StatusOr<std::unique_ptr<int>> Make(int value) {
  if (value < 0) return InvalidArgument("{} < 0", value);
  return std::make_unique<int>(value);
}

absl::StatusOr<int> Sum(int a, int b) {
  ASSIGN_OR_RETURN(const std::unique_ptr<int> left, Make(a));
  ASSIGN_OR_RETURN(auto right, Make(b));
  return *left + *right;
}

TEST(StatusTest, AssignOrReturnMovesTheValueOut) {
  EXPECT_THAT(Sum(1, 2), IsOkAndHolds(3));
  EXPECT_THAT(Sum(-1, 2), StatusIs(StatusCode::kInvalidArgument, "-1 < 0"));
  EXPECT_THAT(Sum(1, -2), StatusIs(StatusCode::kInvalidArgument, HasSubstr("-2")));
}

// The matchers themselves: they must be able to fail.
TEST(StatusMatchersTest, TellOkFromErrors) {
  EXPECT_THAT(absl::OkStatus(), IsOk());
  EXPECT_THAT(DataLoss("x"), Not(IsOk()));
  EXPECT_THAT(Sum(1, 2), IsOk());
  EXPECT_THAT(Sum(-1, 2), Not(IsOk()));
  EXPECT_THAT(Sum(1, 2), Not(IsOkAndHolds(4)));
  EXPECT_THAT(Sum(-1, 2), Not(IsOkAndHolds(1)));
  EXPECT_THAT(Make(5), IsOkAndHolds(::testing::Pointee(5)));
}

TEST(StatusMatchersTest, StatusIsLooksAtCodeAndMessage) {
  EXPECT_THAT(DataLoss("xyz"), StatusIs(StatusCode::kDataLoss));
  EXPECT_THAT(DataLoss("xyz"), Not(StatusIs(StatusCode::kInternal)));
  EXPECT_THAT(DataLoss("xyz"), StatusIs(StatusCode::kDataLoss, HasSubstr("y")));
  EXPECT_THAT(DataLoss("xyz"), Not(StatusIs(StatusCode::kDataLoss, HasSubstr("a"))));
  EXPECT_THAT(DataLoss("xyz"), Not(StatusIs(StatusCode::kInternal, HasSubstr("y"))));
  EXPECT_THAT(absl::OkStatus(), Not(StatusIs(StatusCode::kDataLoss)));
  EXPECT_THAT(absl::OkStatus(), StatusIs(StatusCode::kOk));
}

TEST(StatusMatchersTest, FailuresSayWhatTheyGot) {
  ::testing::StringMatchResultListener listener;
  EXPECT_FALSE(::testing::ExplainMatchResult(IsOk(), DataLoss("the reason"), &listener));
  EXPECT_THAT(listener.str(), HasSubstr("DATA_LOSS: the reason"));
  EXPECT_EQ(::testing::DescribeMatcher<absl::Status>(StatusIs(StatusCode::kDataLoss, "m")),
            "is of code DATA_LOSS with a message that is equal to \"m\"");
  EXPECT_EQ(::testing::DescribeMatcher<absl::StatusOr<int>>(IsOkAndHolds(3)),
            "is OK and holds a value that is equal to 3");
}

TEST(StatusMatchersTest, AssertOkAndAssignGivesTheValue) {
  ASSERT_OK_AND_ASSIGN(const int three, Sum(1, 2));
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<int> four, Make(4));
  EXPECT_EQ(three + *four, 7);
}

}  // namespace
}  // namespace evlog
