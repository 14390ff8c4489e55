#include "cli/exit_code.h"

#include <gtest/gtest.h>

namespace evlog::cli {
namespace {

TEST(ExitCodeTest, EveryStatusCodeHasItsExitCode) {
  struct Row {
    absl::StatusCode status;
    int code;
  };
  static constexpr Row kRows[] = {
      {absl::StatusCode::kOk, 0},
      {absl::StatusCode::kCancelled, 130},
      {absl::StatusCode::kUnknown, 1},
      {absl::StatusCode::kInvalidArgument, 2},
      {absl::StatusCode::kDeadlineExceeded, 5},
      {absl::StatusCode::kNotFound, 3},
      {absl::StatusCode::kAlreadyExists, 4},
      {absl::StatusCode::kPermissionDenied, 1},
      {absl::StatusCode::kResourceExhausted, 1},
      {absl::StatusCode::kFailedPrecondition, 1},
      {absl::StatusCode::kAborted, 4},
      {absl::StatusCode::kOutOfRange, 1},
      {absl::StatusCode::kUnimplemented, 1},
      {absl::StatusCode::kInternal, 1},
      {absl::StatusCode::kUnavailable, 1},
      {absl::StatusCode::kDataLoss, 1},
      {absl::StatusCode::kUnauthenticated, 1},
  };
  for (const Row& row : kRows) {
    EXPECT_EQ(static_cast<int>(ExitCodeFor(absl::Status(row.status, "why"))), row.code)
        << absl::StatusCodeToString(row.status);
  }
}

}  // namespace
}  // namespace evlog::cli
