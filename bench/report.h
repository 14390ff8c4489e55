// Results for people (text, Markdown) and for programs (JSON).
#ifndef EVLOG_BENCH_REPORT_H_
#define EVLOG_BENCH_REPORT_H_

#include <string>
#include <vector>

#include "bench/machine.h"
#include "bench/runner.h"

namespace evlog::bench {

// `4.13 M/s`, `52.1 k/s`.
std::string FormatRate(double per_second);

std::string ToText(const BenchResult& result);
std::string ToMarkdown(const Machine& machine, const std::vector<BenchResult>& results);
std::string ToJson(const Machine& machine, const std::vector<BenchResult>& results);

// What --list prints.
std::string Describe(const Bench& bench);

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_REPORT_H_
