#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/ours.h"
#include "bench/page_cache.h"
#include "bench/payload.h"
#include "evlog/event_log.h"
#include "log/base/status.h"

namespace evlog::bench {
namespace {

constexpr uint64_t kBatch = 100;
constexpr uint64_t kInterleavedStreams = 100;

std::string StreamName(uint64_t i) { return "bench" + std::to_string(i); }

// Appends the payload in batches, each to the next stream in turn.
absl::Status Fill(const Context& context, uint64_t streams) {
  ASSIGN_OR_RETURN(std::unique_ptr<EventLog> log, Open(context.dir));
  StreamOptions options;
  options.durability = Durability::kOs;
  std::vector<Stream> targets;
  for (uint64_t i = 0; i != streams; ++i) {
    ASSIGN_OR_RETURN(Stream stream, log->CreateStream(StreamName(i), options));
    targets.push_back(std::move(stream));
  }
  Batch batch;
  for (uint64_t i = 0; i != context.entries / kBatch; ++i) {
    for (uint64_t entry = i * kBatch; entry != (i + 1) * kBatch; ++entry) {
      RETURN_IF_ERROR(batch.Add({{kFieldName, Value(entry)}}));
    }
    RETURN_IF_ERROR(targets[i % streams].Append(std::move(batch)).status());
  }
  return log->Close();
}

absl::StatusOr<Measurement> Replay(EventLog& log, uint64_t stream, uint64_t entries) {
  ReadRequest request;
  request.stream = StreamName(stream);
  const Stopwatch watch;
  uint64_t checksum = 0;
  uint64_t count = 0;
  ASSIGN_OR_RETURN(Cursor cursor, log.Read(request));
  ChunkView chunk;
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, cursor.Next(&chunk));
    if (!more) break;
    for (const EntryView& entry : chunk) {
      for (const FieldView& field : entry.fields) {
        checksum += FieldChecksum(field.name, field.value);
      }
      ++count;
    }
  }
  if (count != entries) return DataLoss("read {} entries of {}", count, entries);
  return Measured(watch, entries, checksum);
}

// As the twins' fixtures are settled.
absl::Status Settle(const Context& context, uint64_t streams) {
  ASSIGN_OR_RETURN(std::unique_ptr<EventLog> log, Open(context.dir));
  for (uint64_t i = 0; i != streams; ++i) {
    RETURN_IF_ERROR(Replay(*log, i, context.entries / streams).status());
  }
  return log->Close();
}

}  // namespace

absl::Status PrepareOursOneStream(const Context& context) {
  RETURN_IF_ERROR(Fill(context, 1));
  return Settle(context, 1);
}

absl::Status PrepareOursInterleaved(const Context& context) {
  RETURN_IF_ERROR(Fill(context, kInterleavedStreams));
  return Settle(context, kInterleavedStreams);
}

absl::StatusOr<Measurement> OursReplayWarm(const Context& context) {
  ASSIGN_OR_RETURN(std::unique_ptr<EventLog> log, Open(context.dir));
  RETURN_IF_ERROR(Replay(*log, 0, context.entries).status());
  return Replay(*log, 0, context.entries);
}

absl::StatusOr<Measurement> OursReplayCold(const Context& context) {
  RETURN_IF_ERROR(DropPageCache(context.dir));
  ASSIGN_OR_RETURN(std::unique_ptr<EventLog> log, Open(context.dir));
  return Replay(*log, 0, context.entries);
}

absl::StatusOr<Measurement> OursReplayInterleavedCold(const Context& context) {
  RETURN_IF_ERROR(DropPageCache(context.dir));
  ASSIGN_OR_RETURN(std::unique_ptr<EventLog> log, Open(context.dir));
  // Another stream each round: what a round reads was not read by the round before.
  const uint64_t stream = static_cast<uint64_t>(context.round) * 37 % kInterleavedStreams;
  ASSIGN_OR_RETURN(Measurement measurement,
                   Replay(*log, stream, context.entries / kInterleavedStreams));
  measurement.checksum = 0;  // another one each round
  return measurement;
}

}  // namespace evlog::bench
