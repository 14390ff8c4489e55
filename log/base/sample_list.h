// What a collector tells a registry (MetricsRegistry::AddCollector).
#ifndef EVLOG_LOG_BASE_SAMPLE_LIST_H_
#define EVLOG_LOG_BASE_SAMPLE_LIST_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evlog/metrics.h"

namespace evlog {

class SampleList {
 public:
  using Sample = MetricsRegistry::Sample;
  using Labels = std::vector<std::pair<std::string, std::string>>;

  explicit SampleList(std::vector<Sample>* samples) : samples_(samples) {}

  // `divisor` as in Sample. The result is good until the next one is added.
  Sample& Gauge(std::string_view name, std::string_view help, int64_t value, int64_t divisor = 1) {
    return Add(Sample::Type::kGauge, name, help, value, divisor);
  }
  Sample& Gauge(std::string_view name, std::string_view help, uint64_t value) {
    return Gauge(name, help, static_cast<int64_t>(value));
  }
  Sample& Counter(std::string_view name, std::string_view help, uint64_t value,
                  int64_t divisor = 1) {
    return Add(Sample::Type::kCounter, name, help, static_cast<int64_t>(value), divisor);
  }

 private:
  Sample& Add(Sample::Type type, std::string_view name, std::string_view help, int64_t value,
              int64_t divisor) {
    Sample& sample = samples_->emplace_back();
    sample.name = name;
    sample.help = help;
    sample.type = type;
    sample.value = value;
    sample.divisor = divisor;
    return sample;
  }

  std::vector<Sample>* const samples_;
};

}  // namespace evlog

#endif  // EVLOG_LOG_BASE_SAMPLE_LIST_H_
