// Counters, gauges and histograms, and the registry that names them.
//
// A registry is passed in through `OpenOptions`; there is no global one. Several logs may share
// one: then what is said of them is added up. All metrics of evlog: docs/operations.md.
#ifndef EVLOG_METRICS_H_
#define EVLOG_METRICS_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace evlog {

// A count that only rises. Thread-safe, relaxed: a reader may see related counters out of step.
class Counter {
 public:
  void Add(uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

// A level that rises and falls. Thread-safe, relaxed.
class Gauge {
 public:
  void Set(int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void Add(int64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

// A distribution of whole numbers in buckets of powers of two: bucket i holds values v with
// 2^(i-1) <= v < 2^i (bucket 0: v = 0). Thread-safe, relaxed.
class Histogram {
 public:
  static constexpr int kBuckets = 65;

  void Record(uint64_t value);
  uint64_t count() const;
  uint64_t sum() const { return sum_.load(std::memory_order_relaxed); }
  std::array<uint64_t, kBuckets> buckets() const;
  // The largest value of the bucket in which the quantile (0..1) lies, so at most twice the exact
  // answer; 0 when nothing was recorded.
  uint64_t Quantile(double quantile) const;

 private:
  std::array<std::atomic<uint64_t>, kBuckets> buckets_{};
  std::atomic<uint64_t> sum_{0};
};

// Names metrics, and owns them. Thread-safe. What it hands out lives as long as the registry.
class MetricsRegistry {
 public:
  MetricsRegistry();
  ~MetricsRegistry();

  // Finds or makes the metric of that name; names are Prometheus' (`evlog_log_appends_total`). The
  // `help` of the first call stays. Asking for a name under another type aborts: it is a bug.
  Counter* AddCounter(std::string_view name, std::string_view help);
  Gauge* AddGauge(std::string_view name, std::string_view help);
  // `divisor`: Sample::divisor.
  Histogram* AddHistogram(std::string_view name, std::string_view help, int64_t divisor = 1);

  // Runs `refresh` at the beginning of each Samples(), for metrics that are gathered rather than
  // counted as things happen. It may use metrics, but not this registry. Gives what RemoveRefresh
  // wants; once that has returned, `refresh` neither runs nor will run.
  uint64_t AddRefresh(std::function<void()> refresh);
  void RemoveRefresh(uint64_t id);

  struct Sample {
    enum class Type : uint8_t { kCounter, kGauge, kHistogram };
    std::string name;
    std::string help;
    Type type = Type::kGauge;
    int64_t value = 0;                     // counters and gauges
    const Histogram* histogram = nullptr;  // histograms
    // So many of what is counted make one of the unit that the name says: 1,000,000 where
    // microseconds are counted for a name in seconds.
    int64_t divisor = 1;
    // Names and values: what tells samples of one name apart.
    std::vector<std::pair<std::string, std::string>> labels = {};
  };

  // Runs `collect` in each Samples(): it appends counters and gauges of its own to `samples`, for
  // those that have labels, or a home elsewhere. It may not use this registry. What several tell of
  // the same name and labels is added up. Gives what RemoveCollector wants; once that has returned,
  // `collect` neither runs nor will run.
  using Collect = std::function<void(std::vector<Sample>* samples)>;
  uint64_t AddCollector(Collect collect);
  void RemoveCollector(uint64_t id);

  // All metrics, by name, those of one name by labels. Blocks as long as what is gathered takes:
  // that may read the store.
  std::vector<Sample> Samples() const;

 private:
  class Impl;

  const std::unique_ptr<Impl> impl_;
};

}  // namespace evlog

#endif  // EVLOG_METRICS_H_
