#include "cli/load/tally.h"

#include <algorithm>

namespace evlog::cli {
namespace {

// Texts of errors may hold ids or offsets, and differ each time.
constexpr size_t kErrorsMax = 20;

}  // namespace

void Tally::Merge(const Tally& other) {
  entries += other.entries;
  bytes += other.bytes;
  latency.Merge(other.latency);
  last = std::max(last, other.last);
}

void Tally::Clear() {
  entries = 0;
  bytes = 0;
  latency.Clear();
  last = 0;
}

void AddError(std::string_view what, uint64_t times, ErrorCounts* errors) {
  auto found = errors->find(std::string(what));
  if (found == errors->end()) {
    const bool room = errors->size() < kErrorsMax;
    found = errors->try_emplace(room ? std::string(what) : "other errors").first;
  }
  found->second += times;
}

void Recorder::Record(Measure measure, Nanos now, Nanos since, uint64_t entries, uint64_t bytes) {
  if (since < count_from_) return;
  MutexLock lock(mu_);
  Tally& tally = tallies_[static_cast<size_t>(measure)];
  tally.entries += entries;
  tally.bytes += bytes;
  tally.latency.Record(now - since);
  tally.last = std::max(tally.last, now);
}

void Recorder::RecordEach(Measure measure, Nanos now, std::span<const Sample> samples) {
  if (samples.empty()) return;
  MutexLock lock(mu_);
  Tally& tally = tallies_[static_cast<size_t>(measure)];
  for (const Sample& sample : samples) {
    if (sample.since < count_from_) continue;
    ++tally.entries;
    tally.bytes += sample.bytes;
    tally.latency.Record(now - sample.since);
    tally.last = std::max(tally.last, now);
  }
}

void Recorder::RecordError(std::string_view what, uint64_t times) {
  MutexLock lock(mu_);
  AddError(what, times, &errors_);
}

void Recorder::TakeInto(Tallies* tallies, ErrorCounts* errors) {
  MutexLock lock(mu_);
  for (size_t i = 0; i != kMeasures; ++i) {
    (*tallies)[i].Merge(tallies_[i]);
    tallies_[i].Clear();
  }
  for (const auto& [what, times] : errors_) AddError(what, times, errors);
  errors_.clear();
}

}  // namespace evlog::cli
