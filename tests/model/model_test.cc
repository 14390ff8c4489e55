// Random operations on a log and on a model of it (tests/support/model_log.h), compared after each.
//
// A failure prints its seed; EVLOG_SEED=<seed> runs that one alone. EVLOG_SOAK=1 runs 10,000 of
// them.
#include <algorithm>
#include <cstdlib>
#include <string>

#include "tests/model/model_run.h"
#include "tests/support/rng.h"
#include "tests/support/soak.h"

namespace evlog {
namespace {

void RunOf(uint64_t seed) {
  ModelRun run(seed);
  run.Run();
  if (::testing::Test::HasFailure()) run.PrintSteps();
}

TEST(ModelTest, TheLogDoesWhatTheModelDoes) {
  const char* given = std::getenv("EVLOG_SEED");
  const bool one = given != nullptr && *given != '\0';
  const uint64_t first = TestSeed(1);
  const uint64_t seeds = one ? 1 : SoakOr(10'000, 200);
  for (uint64_t i = 0; i < seeds; ++i) {
    SCOPED_TRACE("EVLOG_SEED=" + std::to_string(first + i));
    RunOf(first + i);
    if (::testing::Test::HasFailure()) return;
  }
}

// 1644: a trim that is rounded, behind entries that were deleted. 6859: a trim by bytes looks at
// rows below the beginning of a partition, which were gone from `log` and not from `dir`.
TEST(ModelTest, SeedsThatFoundSomething) {
  for (const uint64_t seed : {1644, 6859}) {
    SCOPED_TRACE("EVLOG_SEED=" + std::to_string(seed));
    RunOf(seed);
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace evlog
