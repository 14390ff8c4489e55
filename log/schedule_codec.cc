#include "log/schedule_codec.h"

#include <algorithm>

#include "log/base/bytes.h"
#include "log/base/status.h"
#include "log/chunk_codec.h"

namespace evlog {

namespace {

void AppendHeader(StreamId stream, size_t segments, std::string* out) {
  AppendVarint(out, stream.value());
  AppendVarint(out, segments);
}

void AppendSegment(uint32_t count, std::string_view entries, std::string* out) {
  AppendVarint(out, count);
  AppendVarint(out, entries.size());
  out->append(entries);
}

absl::Status Malformed(std::string_view value) {
  return DataLoss("malformed row of the schedule: {}", Quoted(value));
}

}  // namespace

uint64_t ScheduledBatch::count() const {
  uint64_t count = 0;
  for (const Segment& segment : segments) count += segment.count;
  return count;
}

size_t ScheduledBatch::bytes() const {
  size_t bytes = 0;
  for (const Segment& segment : segments) bytes += segment.entries.size();
  return bytes;
}

internal::BatchData ScheduledBatch::Copy() const {
  internal::BatchData batch;
  for (const Segment& segment : segments) batch.AddEncoded(segment.entries, segment.count);
  return batch;
}

void EncodeScheduledBatch(StreamId stream, internal::BatchData& batch, std::string* out) {
  const auto filled =
      std::count_if(batch.segments().begin(), batch.segments().end(),
                    [](const internal::BatchData::Segment& segment) { return segment.count != 0; });
  out->reserve(out->size() + batch.bytes() +
               kVarint64BytesMax * 2 * static_cast<size_t>(filled + 1));
  AppendHeader(stream, static_cast<size_t>(filled), out);
  for (const internal::BatchData::Segment& segment : batch.segments()) {
    if (segment.count != 0) AppendSegment(segment.count, segment.entries.entries(), out);
  }
}

void EncodeScheduledBatch(const ScheduledBatch& batch, std::string* out) {
  AppendHeader(batch.stream, batch.segments.size(), out);
  for (const ScheduledBatch::Segment& segment : batch.segments) {
    AppendSegment(segment.count, segment.entries, out);
  }
}

absl::Status DecodeScheduledBatch(std::string_view value, ScheduledBatch* batch) {
  ByteReader reader(value);
  batch->stream = StreamId(reader.ReadVarint());
  const uint64_t segments = reader.ReadVarint();
  batch->segments.clear();
  if (!reader.ok() || segments == 0 || batch->stream.value() == 0) return Malformed(value);
  for (uint64_t i = 0; i < segments; ++i) {
    ScheduledBatch::Segment segment;
    segment.count = reader.ReadVarint32();
    segment.entries = reader.ReadBytes(reader.ReadVarint());
    if (!reader.ok() || segment.count == 0) return Malformed(value);
    RETURN_IF_ERROR(ValidateEntries(segment.entries, segment.count));
    batch->segments.push_back(segment);
  }
  return reader.left() == 0 ? absl::OkStatus() : Malformed(value);
}

void EncodeScheduleCounts(const ScheduleCounts& counts, std::string* out) {
  AppendVarint(out, counts.next);
  AppendVarint(out, counts.rows);
}

absl::Status DecodeScheduleCounts(std::string_view value, ScheduleCounts* counts) {
  ByteReader reader(value);
  counts->next = reader.ReadVarint();
  counts->rows = reader.ReadVarint();
  if (!reader.ok() || reader.left() != 0 || counts->next == 0 || counts->rows >= counts->next) {
    return DataLoss("malformed row `schedule`: {}", Quoted(value));
  }
  return absl::OkStatus();
}

}  // namespace evlog
