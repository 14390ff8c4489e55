// Values of the `schedule` family: a batch that waits for its time; and the row that counts them.
// Golden bytes: tests/golden/schedule.txt.
//
//   value   := stream:varint segments:varint segment{segments}
//   segment := count:varint size:varint entry{count}[size]     entry: see log/chunk_codec.h
//
//   value of `schedule` in `default` := next:varint rows:varint
//
// A segment is what becomes a part of one chunk: an entry that has not its own names has those of
// one before it in the same segment. `next` is the number of the next ticket, `rows` how many rows
// the family has; it is written with each change of them.
#ifndef EVLOG_LOG_SCHEDULE_CODEC_H_
#define EVLOG_LOG_SCHEDULE_CODEC_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "log/batch_data.h"
#include "log/ids.h"

namespace evlog {

// A row as it was read; views of its value. Its entries are validated.
struct ScheduledBatch {
  struct Segment {
    uint32_t count = 0;
    std::string_view entries;

    friend bool operator==(const Segment&, const Segment&) = default;
  };

  StreamId stream;
  std::vector<Segment> segments;  // none is empty; there is one at least

  uint64_t count() const;
  size_t bytes() const;
  // The batch, to be appended.
  internal::BatchData Copy() const;

  friend bool operator==(const ScheduledBatch&, const ScheduledBatch&) = default;
};

// The batch holds entries, without ids.
void EncodeScheduledBatch(StreamId stream, internal::BatchData& batch, std::string* out);
void EncodeScheduledBatch(const ScheduledBatch& batch, std::string* out);
// Errors: DATA_LOSS.
absl::Status DecodeScheduledBatch(std::string_view value, ScheduledBatch* batch);

struct ScheduleCounts {
  uint64_t next = 1;
  uint64_t rows = 0;

  friend bool operator==(const ScheduleCounts&, const ScheduleCounts&) = default;
};

void EncodeScheduleCounts(const ScheduleCounts& counts, std::string* out);
// Errors: DATA_LOSS.
absl::Status DecodeScheduleCounts(std::string_view value, ScheduleCounts* counts);

}  // namespace evlog

#endif  // EVLOG_LOG_SCHEDULE_CODEC_H_
