#include "bench/bench.h"

#include <algorithm>

namespace evlog::bench {

Latency LatencyOf(std::vector<uint64_t> nanos) {
  std::sort(nanos.begin(), nanos.end());
  const auto at = [&nanos](double quantile) {
    return static_cast<double>(
        nanos[static_cast<size_t>(quantile * static_cast<double>(nanos.size() - 1))]);
  };
  return {at(0.5), at(0.99), at(0.999)};
}

}  // namespace evlog::bench
