#include "server/wire/error_map.h"

#include <gtest/gtest.h>

#include "log/base/status.h"

namespace evlog::server {
namespace {

TEST(ErrorMap, EveryCodeHasAPrefixThatClientsCanMatch) {
  for (int code = 1; code <= 16; ++code) {
    const std::string_view prefix = ErrorPrefix(static_cast<absl::StatusCode>(code));
    ASSERT_FALSE(prefix.empty()) << code;
    for (const char c : prefix) EXPECT_TRUE(c >= 'A' && c <= 'Z') << prefix;
  }
}

TEST(ErrorMap, TellsApartWhatAClientActsOn) {
  EXPECT_EQ(ErrorText(absl::UnavailableError("latched")), "MISCONF latched");
  EXPECT_EQ(ErrorText(absl::ResourceExhaustedError("full")), "MISCONF full");
  EXPECT_EQ(ErrorText(absl::FailedPreconditionError("read only")), "READONLY read only");
  EXPECT_EQ(ErrorText(absl::DataLossError("torn")), "DATALOSS torn");
  EXPECT_EQ(ErrorText(absl::InvalidArgumentError("too many")), "ERR too many");
}

}  // namespace
}  // namespace evlog::server
