#include "bench/ours_large.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/page_cache.h"
#include "bench/payload.h"
#include "bench/process_usage.h"
#include "evlog/event_log.h"
#include "log/base/status.h"

namespace evlog::bench {
namespace {

constexpr uint64_t kBatch = 100;
constexpr double kMillisecond = 1e-3;

std::string StreamName(uint64_t i) { return "aggregate-" + std::to_string(i); }

absl::StatusOr<std::vector<Stream>> CreateStreams(EventLog& log, uint64_t count) {
  std::vector<Stream> streams;
  for (uint64_t i = 0; i != count; ++i) {
    ASSIGN_OR_RETURN(Stream stream,
                     log.CreateStream(StreamName(i), {.durability = Durability::kOs}));
    streams.push_back(std::move(stream));
  }
  return streams;
}

absl::Status AppendBatches(std::vector<Stream>& streams, uint64_t entries, uint64_t size) {
  Batch batch;
  for (uint64_t i = 0; i != entries / size; ++i) {
    for (uint64_t entry = i * size; entry != (i + 1) * size; ++entry) {
      RETURN_IF_ERROR(batch.Add({{kFieldName, Value(entry)}}));
    }
    RETURN_IF_ERROR(streams[i % streams.size()].Append(std::move(batch)).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<Measurement> Sustained(const Context& context, uint64_t streams, int shallower) {
  OpenOptions options;
  options.memtable_bytes /= static_cast<size_t>(shallower);
  PeakMemory memory;
  const uint64_t before = BytesWritten();
  ASSIGN_OR_RETURN(std::unique_ptr<EventLog> log, Open(context.dir, options));
  ASSIGN_OR_RETURN(std::vector<Stream> targets, CreateStreams(*log, streams));
  const Stopwatch watch;
  RETURN_IF_ERROR(AppendBatches(targets, context.entries, kBatch));
  Measurement measurement = Measured(watch, context.entries);
  RETURN_IF_ERROR(log->Close());
  targets.clear();
  log.reset();
  const double payload =
      static_cast<double>(context.entries) * static_cast<double>(kValueBytes + kFieldName.size());
  measurement.figures = {
      {"write amplification", "x", static_cast<double>(BytesWritten() - before) / payload, 2.5},
      {"peak RssAnon", "MiB", memory.Stop(), 160},
  };
  return measurement;
}

// Every number below `count` once, far apart from the one before it.
uint64_t Scattered(uint64_t i, uint64_t count) {
  constexpr uint64_t kPrime = 2'147'483'647;
  return i * kPrime % count;
}

absl::Status FillAggregates(EventLog& log, uint64_t streams, uint64_t events) {
  const StreamOptions options{.durability = Durability::kOs};
  for (uint64_t event = 0; event != events; ++event) {
    for (uint64_t i = 0; i != streams; ++i) {
      const uint64_t number = Scattered(i, streams);
      ASSIGN_OR_RETURN(Stream stream, log.OpenStream(StreamName(number), options));
      RETURN_IF_ERROR(stream
                          .Append({{kFieldName, Value(number * events + event)}},
                                  {.expect = Expect::Offset(event)})
                          .status());
    }
  }
  return absl::OkStatus();
}

absl::Status Load(EventLog& log, uint64_t number, uint64_t events) {
  ASSIGN_OR_RETURN(Cursor cursor, log.Read({.stream = StreamName(number)}));
  ChunkView chunk;
  uint64_t count = 0;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, cursor.Next(&chunk));
    if (!more) break;
    for (const EntryView& entry : chunk) {
      if (entry.fields.begin()->value != Value(number * events + count)) {
        return DataLoss("stream {}: another entry at {}", number, count);
      }
      ++count;
    }
  }
  if (count != events) return DataLoss("stream {}: read {} entries of {}", number, count, events);
  return absl::OkStatus();
}

// Loads aggregates [first, first + count) of the scattered order, and adds how long each took.
absl::Status LoadMany(EventLog& log, uint64_t first, uint64_t count, uint64_t streams,
                      uint64_t events, std::vector<uint64_t>* nanos) {
  for (uint64_t i = first; i != first + count; ++i) {
    const Stopwatch watch;
    RETURN_IF_ERROR(Load(log, Scattered(i % streams, streams), events));
    nanos->push_back(watch.Nanos());
  }
  return absl::OkStatus();
}

double P99Millis(std::vector<uint64_t> nanos) { return LatencyOf(std::move(nanos)).p99 * 1e-6; }

// How long the first entry takes, by a cursor of its own, several times.
absl::StatusOr<Measurement> FirstReads(EventLog& log, uint64_t expected_offset) {
  constexpr int kReads = 20'001;
  std::vector<uint64_t> nanos;
  const Stopwatch all;
  for (int i = 0; i != kReads; ++i) {
    const Stopwatch watch;
    ASSIGN_OR_RETURN(Cursor cursor, log.Read({.stream = StreamName(0)}));
    ChunkView chunk;
    ASSIGN_OR_RETURN(const bool more, cursor.Next(&chunk));
    nanos.push_back(watch.Nanos());
    if (!more || chunk.begin()->offset != expected_offset) {
      return DataLoss("the first entry is not at offset {}", expected_offset);
    }
  }
  Measurement measurement = Measured(all, kReads);
  measurement.figures = {{"the very first", "ms", static_cast<double>(nanos[0]) * 1e-6, 0}};
  measurement.latency = LatencyOf(std::move(nanos));
  return measurement;
}

absl::StatusOr<Measurement> FirstRead(const Context& context, bool trim) {
  ASSIGN_OR_RETURN(std::unique_ptr<EventLog> log, Open(context.dir));
  ASSIGN_OR_RETURN(std::vector<Stream> streams, CreateStreams(*log, 1));
  RETURN_IF_ERROR(AppendBatches(streams, context.entries, 10 * kBatch));
  uint64_t first = 0;
  if (trim) {
    const uint64_t keep = context.entries / 6;
    RETURN_IF_ERROR(streams[0].Trim({.keep = {.max_entries = keep, .exact = true}}).status());
    first = context.entries - keep;
  }
  ASSIGN_OR_RETURN(Measurement measurement, FirstReads(*log, first));
  RETURN_IF_ERROR(log->Close());
  return measurement;
}

}  // namespace

absl::StatusOr<Measurement> OursSustained1(const Context& context) {
  return Sustained(context, 1, 1);
}
absl::StatusOr<Measurement> OursSustained100(const Context& context) {
  return Sustained(context, 100, 1);
}
absl::StatusOr<Measurement> OursSustained1000(const Context& context) {
  return Sustained(context, 1000, 1);
}
absl::StatusOr<Measurement> OursSustainedDeep1(const Context& context) {
  return Sustained(context, 1, 10);
}
absl::StatusOr<Measurement> OursSustainedDeep1000(const Context& context) {
  return Sustained(context, 1000, 10);
}

absl::StatusOr<Measurement> OursAggregates(const Context& context) {
  constexpr uint64_t kEvents = 10;
  const uint64_t streams = context.entries / kEvents;
  PeakMemory memory;
  std::unique_ptr<EventLog> log;
  ASSIGN_OR_RETURN(log, Open(context.dir));
  const Stopwatch watch;
  RETURN_IF_ERROR(FillAggregates(*log, streams, kEvents));
  Measurement measurement = Measured(watch, context.entries);
  RETURN_IF_ERROR(log->Close());

  // Cold: nothing in the page cache and nothing in ours, again and again.
  constexpr int kColdRounds = 20;
  const uint64_t cold_loads = std::min<uint64_t>(50, streams);
  std::vector<uint64_t> cold, warm;
  double open_seconds = 0;
  for (int i = 0; i != kColdRounds; ++i) {
    log.reset();
    RETURN_IF_ERROR(DropPageCache(context.dir));
    const Stopwatch opening;
    ASSIGN_OR_RETURN(log, Open(context.dir));
    open_seconds = std::max(open_seconds, opening.Seconds());
    RETURN_IF_ERROR(
        LoadMany(*log, static_cast<uint64_t>(i) * cold_loads, cold_loads, streams, kEvents, &cold));
  }
  // Warm: in the page cache, though far more than our own caches hold.
  const uint64_t warm_loads = std::min<uint64_t>(20'000, streams);
  std::vector<uint64_t> unused;
  RETURN_IF_ERROR(LoadMany(*log, 0, warm_loads, streams, kEvents, &unused));
  RETURN_IF_ERROR(LoadMany(*log, 0, warm_loads, streams, kEvents, &warm));
  RETURN_IF_ERROR(log->Close());
  measurement.figures = {
      {"open, cold, the longest", "ms", open_seconds / kMillisecond, 1000},
      {"load, cold, p99", "ms", P99Millis(std::move(cold)), 5},
      {"load, warm, p99", "ms", P99Millis(std::move(warm)), 1},
      {"peak RssAnon", "MiB", memory.Stop(), 256},
  };
  return measurement;
}

absl::StatusOr<Measurement> OursFirstRead(const Context& context) {
  return FirstRead(context, false);
}
absl::StatusOr<Measurement> OursFirstReadTrimmed(const Context& context) {
  return FirstRead(context, true);
}

}  // namespace evlog::bench
