// Matchers for absl::Status and absl::StatusOr, and the macros that stop a test at an error.
//
//   EXPECT_OK(log->Sync());
//   ASSERT_OK_AND_ASSIGN(Stream orders, log->OpenStream("orders"));
//   EXPECT_THAT(EntryId::Parse("x"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("x")));
//
// There is no "not OK" among them: a test names the error it expects.
#ifndef EVLOG_TESTS_SUPPORT_STATUS_MATCHERS_H_
#define EVLOG_TESTS_SUPPORT_STATUS_MATCHERS_H_

#include <gmock/gmock.h>

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "log/base/status.h"

namespace evlog {
namespace internal {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& status_or) {
  return status_or.status();
}

}  // namespace internal

MATCHER(IsOk, negation ? "is an error" : "is OK") {
  const absl::Status& status = internal::StatusOf(arg);
  *result_listener << "whose status is " << status.ToString();
  return status.ok();
}

// A StatusOr that is OK and whose value matches.
MATCHER_P(IsOkAndHolds, value_matcher,
          "is OK and holds a value that " +
              ::testing::DescribeMatcher<decltype(*std::declval<const arg_type&>())>(value_matcher,
                                                                                     negation)) {
  if (!arg.ok()) {
    *result_listener << "whose status is " << arg.status().ToString();
    return false;
  }
  return ::testing::ExplainMatchResult(value_matcher, *arg, result_listener);
}

// A Status or StatusOr of that code whose message, a std::string, matches.
MATCHER_P2(StatusIs, code, message_matcher,
           "is of code " + absl::StatusCodeToString(code) + " with a message that " +
               ::testing::DescribeMatcher<std::string>(message_matcher, negation)) {
  const absl::Status& status = internal::StatusOf(arg);
  *result_listener << "whose status is " << status.ToString();
  return status.code() == code && ::testing::Matches(::testing::SafeMatcherCast<const std::string&>(
                                      message_matcher))(MessageOf(status));
}

inline auto StatusIs(absl::StatusCode code) { return StatusIs(code, ::testing::_); }

}  // namespace evlog

#define EXPECT_OK(expr) EXPECT_THAT((expr), ::evlog::IsOk())
#define ASSERT_OK(expr) ASSERT_THAT((expr), ::evlog::IsOk())

#define ASSERT_OK_AND_ASSIGN(lhs, ...) \
  ASSERT_OK_AND_ASSIGN_INNER(EVLOG_CONCAT(evlog_asserted_, __LINE__), lhs, (__VA_ARGS__))
#define ASSERT_OK_AND_ASSIGN_INNER(tmp, lhs, expr) \
  auto tmp = expr;                                 \
  ASSERT_OK(tmp);                                  \
  lhs = *std::move(tmp)

#endif  // EVLOG_TESTS_SUPPORT_STATUS_MATCHERS_H_
