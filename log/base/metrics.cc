#include "evlog/metrics.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <tuple>
#include <utility>

#include "log/base/mutex.h"

namespace evlog {
namespace {

struct Metric {
  explicit Metric(std::string_view help_text) : help(help_text) {}

  std::string help;
  // Exactly one of them.
  std::unique_ptr<Counter> counter;
  std::unique_ptr<Gauge> gauge;
  std::unique_ptr<Histogram> histogram;
  int64_t divisor = 1;
};

bool Before(const MetricsRegistry::Sample& a, const MetricsRegistry::Sample& b) {
  return std::tie(a.name, a.labels) < std::tie(b.name, b.labels);
}

// Into those by name that are there already.
void AddCollected(std::vector<MetricsRegistry::Sample> collected,
                  std::vector<MetricsRegistry::Sample>* samples) {
  for (MetricsRegistry::Sample& sample : collected) samples->push_back(std::move(sample));
  // Stable: of one name and labels the first one's help stays.
  std::stable_sort(samples->begin(), samples->end(), Before);
  size_t kept = 0;
  for (size_t i = 0; i < samples->size(); ++i) {
    MetricsRegistry::Sample& sample = (*samples)[i];
    if (kept != 0 && !Before((*samples)[kept - 1], sample)) {
      (*samples)[kept - 1].value += sample.value;
    } else if (kept++ != i) {
      (*samples)[kept - 1] = std::move(sample);
    }
  }
  samples->resize(kept);
}

}  // namespace

void Histogram::Record(uint64_t value) {
  buckets_[std::bit_width(value)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::array<uint64_t, Histogram::kBuckets> Histogram::buckets() const {
  std::array<uint64_t, kBuckets> copy;
  for (int i = 0; i < kBuckets; ++i) copy[i] = buckets_[i].load(std::memory_order_relaxed);
  return copy;
}

uint64_t Histogram::count() const {
  uint64_t count = 0;
  for (const uint64_t bucket : buckets()) count += bucket;
  return count;
}

uint64_t Histogram::Quantile(double quantile) const {
  // One copy: the rank must be counted in the same numbers as it was taken from.
  const std::array<uint64_t, kBuckets> counts = buckets();
  uint64_t total = 0;
  for (const uint64_t count : counts) total += count;
  if (total == 0) return 0;

  // The rank, from 1, of the recorded value that is asked for. Written so that not-a-number is 0.
  const double share = quantile > 0 ? std::min(quantile, 1.0) : 0.0;
  const double exact_rank = std::ceil(share * static_cast<double>(total));
  const uint64_t rank = exact_rank >= static_cast<double>(total)
                            ? total
                            : std::max<uint64_t>(static_cast<uint64_t>(exact_rank), 1);
  int bucket = 0;
  for (uint64_t seen = counts[0]; seen < rank; seen += counts[bucket]) ++bucket;
  return bucket == 0 ? 0 : UINT64_MAX >> (64 - bucket);
}

class MetricsRegistry::Impl {
 public:
  template <typename T>
  T* Add(std::string_view name, std::string_view help, std::unique_ptr<T> Metric::*member,
         int64_t divisor = 1) {
    MutexLock lock(mu_);
    auto it = metrics_.find(name);
    if (it == metrics_.end()) {
      it = metrics_.emplace(name, Metric(help)).first;
      it->second.*member = std::make_unique<T>();
      it->second.divisor = divisor;
    }
    if (it->second.*member == nullptr) {
      std::fprintf(stderr, "evlog: metric %.*s was added under another type before\n",
                   static_cast<int>(name.size()), name.data());
      std::abort();
    }
    return (it->second.*member).get();
  }

  uint64_t AddRefresh(std::function<void()> refresh) {
    MutexLock lock(refresh_mu_);
    refreshes_.emplace(++last_refresh_, std::move(refresh));
    return last_refresh_;
  }

  void RemoveRefresh(uint64_t id) {
    MutexLock lock(refresh_mu_);
    refreshes_.erase(id);
  }

  uint64_t AddCollector(Collect collect) {
    MutexLock lock(refresh_mu_);
    collectors_.emplace(++last_refresh_, std::move(collect));
    return last_refresh_;
  }

  void RemoveCollector(uint64_t id) {
    MutexLock lock(refresh_mu_);
    collectors_.erase(id);
  }

  std::vector<Sample> Samples() {
    MutexLock refresh_lock(refresh_mu_);
    for (const auto& [id, refresh] : refreshes_) refresh();
    std::vector<Sample> collected;
    for (const auto& [id, collect] : collectors_) collect(&collected);
    std::vector<Sample> samples = Counted();
    AddCollected(std::move(collected), &samples);
    return samples;
  }

 private:
  // Those that are counted as things happen, by name.
  std::vector<Sample> Counted() {
    MutexLock lock(mu_);
    std::vector<Sample> samples;
    samples.reserve(metrics_.size());
    for (const auto& [name, metric] : metrics_) {
      Sample& sample = samples.emplace_back();
      sample.name = name;
      sample.help = metric.help;
      sample.divisor = metric.divisor;
      if (metric.counter != nullptr) {
        sample.type = Sample::Type::kCounter;
        sample.value = static_cast<int64_t>(metric.counter->value());
      } else if (metric.gauge != nullptr) {
        sample.type = Sample::Type::kGauge;
        sample.value = metric.gauge->value();
      } else {
        sample.type = Sample::Type::kHistogram;
        sample.histogram = metric.histogram.get();
      }
    }
    return samples;
  }

  Mutex refresh_mu_ ABSL_ACQUIRED_BEFORE(mu_);
  std::map<uint64_t, std::function<void()>> refreshes_ ABSL_GUARDED_BY(refresh_mu_);
  std::map<uint64_t, Collect> collectors_ ABSL_GUARDED_BY(refresh_mu_);
  uint64_t last_refresh_ ABSL_GUARDED_BY(refresh_mu_) = 0;

  Mutex mu_;
  std::map<std::string, Metric, std::less<>> metrics_ ABSL_GUARDED_BY(mu_);
};

MetricsRegistry::MetricsRegistry() : impl_(std::make_unique<Impl>()) {}
MetricsRegistry::~MetricsRegistry() = default;

Counter* MetricsRegistry::AddCounter(std::string_view name, std::string_view help) {
  return impl_->Add(name, help, &Metric::counter);
}

Gauge* MetricsRegistry::AddGauge(std::string_view name, std::string_view help) {
  return impl_->Add(name, help, &Metric::gauge);
}

Histogram* MetricsRegistry::AddHistogram(std::string_view name, std::string_view help,
                                         int64_t divisor) {
  return impl_->Add(name, help, &Metric::histogram, divisor);
}

uint64_t MetricsRegistry::AddRefresh(std::function<void()> refresh) {
  return impl_->AddRefresh(std::move(refresh));
}

void MetricsRegistry::RemoveRefresh(uint64_t id) { impl_->RemoveRefresh(id); }

uint64_t MetricsRegistry::AddCollector(Collect collect) {
  return impl_->AddCollector(std::move(collect));
}

void MetricsRegistry::RemoveCollector(uint64_t id) { impl_->RemoveCollector(id); }

std::vector<MetricsRegistry::Sample> MetricsRegistry::Samples() const { return impl_->Samples(); }

}  // namespace evlog
