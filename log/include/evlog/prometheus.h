// The metrics of a registry as Prometheus reads them.
//
//   evlog::MetricsRegistry metrics;                       // outlives the log
//   auto log = evlog::Open("/var/lib/orders", {.metrics = &metrics});
//   ...
//   response.set_body(evlog::PrometheusText(metrics));    // in the application's own GET /metrics
//   response.set_type(evlog::kPrometheusContentType);
//
// `evlog serve --http` and ServerOptions::http answer it by themselves.
#ifndef EVLOG_PROMETHEUS_H_
#define EVLOG_PROMETHEUS_H_

#include <string>
#include <string_view>

#include "evlog/metrics.h"

namespace evlog {

inline constexpr std::string_view kPrometheusContentType =
    "text/plain; version=0.0.4; charset=utf-8";

// All metrics of the registry in Prometheus' text exposition format 0.0.4, in the order of their
// names, each with its HELP and TYPE. Numbers are in the unit that the name says (Sample::divisor).
// Of a histogram there is a bucket for each power of two from the smallest to the largest value
// that was recorded, `+Inf`, `_sum` and `_count`; `le` is the largest whole number that is counted
// in the bucket. Bytes of a label that are not UTF-8 are written as `\xHH`.
//
// Reads the registry as MetricsRegistry::Samples does, so it blocks as that does. Thread-safe.
std::string PrometheusText(const MetricsRegistry& registry);

}  // namespace evlog

#endif  // EVLOG_PROMETHEUS_H_
