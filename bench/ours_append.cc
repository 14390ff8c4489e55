#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "bench/ours.h"
#include "bench/payload.h"
#include "bench/threads.h"
#include "evlog/event_log.h"
#include "log/base/status.h"

namespace evlog::bench {
namespace {

struct OpenStream {
  std::unique_ptr<EventLog> log;
  Stream stream;
};

absl::StatusOr<OpenStream> CreateLog(const Context& context, Durability durability) {
  OpenStream open;
  ASSIGN_OR_RETURN(open.log, Open(context.dir));
  StreamOptions options;
  options.durability = durability;
  ASSIGN_OR_RETURN(open.stream, open.log->CreateStream("bench", options));
  return open;
}

// Closes the log after the measurement, so that an error of the last writes is not lost.
absl::StatusOr<Measurement> Closed(OpenStream& open, Measurement measurement) {
  RETURN_IF_ERROR(open.log->Close());
  return measurement;
}

absl::StatusOr<Measurement> AppendBatches(const Context& context, uint64_t size) {
  ASSIGN_OR_RETURN(OpenStream open, CreateLog(context, Durability::kOs));
  const uint64_t batches = context.entries / size;
  Batch batch;
  const Stopwatch watch;
  for (uint64_t i = 0; i != batches; ++i) {
    for (uint64_t entry = i * size; entry != (i + 1) * size; ++entry) {
      RETURN_IF_ERROR(batch.Add({{kFieldName, Value(entry)}}));
    }
    RETURN_IF_ERROR(open.stream.Append(std::move(batch)).status());
  }
  return Closed(open, Measured(watch, batches * size));
}

absl::StatusOr<Measurement> AppendEach(const Context& context, Durability durability) {
  ASSIGN_OR_RETURN(OpenStream open, CreateLog(context, durability));
  const Stopwatch watch;
  for (uint64_t i = 0; i != context.entries; ++i) {
    RETURN_IF_ERROR(open.stream.Append({{kFieldName, Value(i)}}).status());
  }
  return Closed(open, Measured(watch, context.entries));
}

// Counts completions, and lets one thread wait until only so many appends are in flight. It is
// woken once per kStep completions, not by each.
class Window {
 public:
  explicit Window(uint32_t entries) : entries_(entries) {}

  void Complete(bool ok) {
    if (!ok) failed_.store(true, std::memory_order_relaxed);
    const uint32_t done = done_.fetch_add(1, std::memory_order_acq_rel) + 1;
    if (done % kStep == 0 || done == entries_) done_.notify_one();
  }

  // Waits until fewer than `in_flight` of the first `started` appends have not completed.
  void WaitBelow(uint32_t started, uint32_t in_flight) {
    uint32_t done = done_.load(std::memory_order_acquire);
    while (started - done >= in_flight) {
      done_.wait(done, std::memory_order_acquire);
      done = done_.load(std::memory_order_acquire);
    }
  }

  bool failed() const { return failed_.load(std::memory_order_relaxed); }

  static constexpr uint32_t kStep = 100;

 private:
  const uint32_t entries_;
  std::atomic<uint32_t> done_{0};
  std::atomic<bool> failed_{false};
};

// `in_flight` must be at least Window::kStep: fewer completions would never wake the appender.
absl::StatusOr<Measurement> AppendAsyncEach(const Context& context, Durability durability,
                                            uint32_t in_flight) {
  const auto entries = static_cast<uint32_t>(context.entries);
  Window window(entries);  // outlives the log, whose completion thread refers to it
  ASSIGN_OR_RETURN(OpenStream open, CreateLog(context, durability));
  const Stopwatch watch;
  for (uint32_t i = 0; i != entries; ++i) {
    Batch batch;
    RETURN_IF_ERROR(batch.Add({{kFieldName, Value(i)}}));
    window.WaitBelow(i, in_flight);
    open.stream.AppendAsync(
        std::move(batch), {},
        [&window](const absl::StatusOr<AppendResult>& result) { window.Complete(result.ok()); });
  }
  window.WaitBelow(entries, 1);
  const Measurement measurement = Measured(watch, entries);
  if (window.failed()) return absl::InternalError("an asynchronous append failed");
  return Closed(open, measurement);
}

}  // namespace

absl::StatusOr<Measurement> OursAppendBatch100(const Context& context) {
  return AppendBatches(context, 100);
}

absl::StatusOr<Measurement> OursAppendBatch1000(const Context& context) {
  return AppendBatches(context, 1000);
}

absl::StatusOr<Measurement> OursAppendSingle(const Context& context) {
  return AppendEach(context, Durability::kOs);
}

absl::StatusOr<Measurement> OursAppendAsyncSingle(const Context& context) {
  return AppendAsyncEach(context, Durability::kOs, UINT32_MAX);
}

absl::StatusOr<Measurement> OursSyncSingle(const Context& context) {
  return AppendEach(context, Durability::kSync);
}

absl::StatusOr<Measurement> OursSync32(const Context& context) {
  ASSIGN_OR_RETURN(OpenStream open, CreateLog(context, Durability::kSync));
  const auto append_share = [&](uint64_t first, uint64_t end) {
    Stream stream = open.stream;
    for (uint64_t i = first; i != end; ++i) {
      RETURN_IF_ERROR(stream.Append({{kFieldName, Value(i)}}).status());
    }
    return absl::OkStatus();
  };
  const Stopwatch watch;
  RETURN_IF_ERROR(RunOnThreads(32, context.entries, append_share));
  return Closed(open, Measured(watch, context.entries));
}

absl::StatusOr<Measurement> OursSyncAsync1000(const Context& context) {
  return AppendAsyncEach(context, Durability::kSync, 1000);
}

}  // namespace evlog::bench
