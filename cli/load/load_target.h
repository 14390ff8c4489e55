// What a run of the load generator is directed at, and what its threads share.
#ifndef EVLOG_CLI_LOAD_LOAD_TARGET_H_
#define EVLOG_CLI_LOAD_LOAD_TARGET_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/load/pacing.h"
#include "cli/load/shape.h"
#include "cli/load/tally.h"
#include "evlog/clock.h"

namespace evlog::cli {

// One phase of a run. Its times are set before its workers run, and do not change any more.
class LoadContext {
 public:
  LoadContext(const LoadShape& load_shape, Clock* load_clock)
      : shape(load_shape), clock(load_clock) {}

  const LoadShape shape;
  Clock* const clock;
  Nanos begin = 0;
  Nanos count_from = 0;
  Nanos end = kNever;

  std::stop_source producing;  // when no more is to be sent; what is under way is awaited
  std::stop_source all;        // when everybody is to end at once

  // What was not answered until `all` was is an error.
  std::atomic<bool> gave_up = false;

  // Entries, those to warm up included: answered to producers, and taken by consumers.
  std::atomic<uint64_t> sent = 0;
  std::atomic<uint64_t> received = 0;

  Nanos Now() const { return absl::ToUnixNanos(clock->Now()); }
  // Of producer `index` of all.
  Pacing::Plan PlanOf(uint32_t index) const;

  // Before the workers run. It lives as long as this.
  Recorder* AddRecorder() {
    recorders.push_back(std::make_unique<Recorder>());
    return recorders.back().get();
  }
  std::vector<std::unique_ptr<Recorder>> recorders;
};

// Runs on a thread of its own.
class LoadWorker {
 public:
  virtual ~LoadWorker() = default;
  // Until it has nothing more to do, or is told to end by the context's stop sources. Errors go to
  // a recorder.
  virtual void Run() = 0;
  // False: others call it, until it is destroyed.
  virtual bool needs_thread() const { return true; }
};
using LoadWorkers = std::vector<std::unique_ptr<LoadWorker>>;

class LoadTarget {
 public:
  virtual ~LoadTarget() = default;

  // Makes the streams and groups of the shape. Errors: ALREADY_EXISTS: one of them is there, and
  // stays as it is; INVALID_ARGUMENT: what it cannot do.
  virtual absl::Status Prepare(const LoadShape& shape) = 0;
  // The context outlives the workers. Consumers have subscribed, and have their place, when they
  // are made.
  virtual absl::StatusOr<LoadWorkers> MakeProducers(LoadContext* context) = 0;
  virtual absl::StatusOr<LoadWorkers> MakeConsumers(LoadContext* context) = 0;
  // Takes away what Prepare has made, unless it is to be kept, and ends its use.
  virtual absl::Status Finish(bool keep) = 0;
};

// ALREADY_EXISTS, as other verbs say it.
absl::Status StreamExists(const std::string& name);

// Sends whenever `pacing` says so, and waits for each answer, until there is nothing more to send
// or the context says so. `send(due, entries)` answers the bytes of the values.
template <typename Send>
void SendInTurn(LoadContext* context, Recorder* recorder, Pacing pacing, Send send);

// Waits until then, or a stop: false.
bool AwaitDue(const LoadContext& context, Nanos due);

template <typename Send>
void SendInTurn(LoadContext* context, Recorder* recorder, Pacing pacing, Send send) {
  const std::stop_token stop = context->producing.get_token();
  while (!stop.stop_requested()) {
    const Nanos now = context->Now();
    const Nanos due = pacing.Due(now);
    if (due == kNever || (due > now && !AwaitDue(*context, due))) return;
    const uint32_t entries = pacing.EntriesOf(due);
    pacing.Sent(due, entries);
    const absl::StatusOr<uint64_t> bytes = send(due, entries);
    if (!bytes.ok()) {
      const absl::Status& failed = bytes.status();
      recorder->RecordError(std::string_view(failed.message().data(), failed.message().size()));
      continue;
    }
    recorder->Record(Measure::kSend, context->Now(), due, entries, *bytes);
    context->sent += entries;
  }
}

}  // namespace evlog::cli

#endif  // EVLOG_CLI_LOAD_LOAD_TARGET_H_
