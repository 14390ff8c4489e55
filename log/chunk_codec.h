// The bytes of a chunk: what one commit wrote to one partition. Golden bytes:
// tests/golden/chunks.txt.
//
//   chunk   := 0x01 flags:u8 stream:varint partition:varint base_offset:varint
//              base_bytes:varint count:varint runs:varint run{runs} entry{count}
//   run     := count:varint ms:varint seq:varint [step:varint if count > 1]
//   entry   := size:varint32 body[size]
//   body    := head:varint32 [key:bytes if head & 1] [name:bytes{n} unless head & 2]
//              value:bytes{n - 1} last:byte[rest of the body]               where n = head >> 2
//   bytes   := size:varint32 byte[size]
//   varint  := LEB128, least significant group first
//
// base_bytes: what the entries before it in the partition took, since the partition began; so the
// size of any range is the difference of two rows.
//
// flags bit 0: the stream has several partitions; runs then hold n, and seq = n << 10 | partition.
// A run is `count` ids of one ms whose seq (or n) rises by `step`. In the first run ms and seq are
// absolute. In a later one ms is the difference to the run before, and seq is absolute if that
// difference is not 0, else the difference to the last seq of the run before.
//
// An entry whose head has bit 1 set has the field names of the last entry before it, in the same
// chunk, that has its own; that one has as many fields. So the names stand once in a batch of like
// entries, as in the nodes of Redis' streams.
//
// For: the header alone says which entries, ids and offsets the row holds, so a filter can judge
// it; the entries are position-independent, so a batch is encoded before its ids are known and
// never moved. Two bytes of structure around the values of an entry: five that repeat in each would
// be matches to LZ4, which then never skips ahead in data that does not compress. Against: an entry
// in the middle is found by hopping over the ones before it. A hop reads one varint (about a
// nanosecond), and chunks are cut at 64 KiB, so an offset table on disk would not pay for itself.
//
// There is no checksum of its own: RocksDB checks every WAL record and every block that it reads.
#ifndef EVLOG_LOG_CHUNK_CODEC_H_
#define EVLOG_LOG_CHUNK_CODEC_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "evlog/entry_id.h"
#include "log/base/bytes.h"
#include "log/ids.h"

namespace evlog {

// First byte of every value of `log` and `dir`. On disk: never renumber.
enum class RowKind : uint8_t {
  kChunk = 1,
  kReference = 2,
};

// `count` ids of one ms, `step` apart. Before its request has its ids, a run is relative: ms is 0
// and seq counts from 0.
struct IdRun {
  EntryId first;
  uint32_t count = 0;
  uint64_t step = 1;

  EntryId last() const { return {first.ms, first.seq + (count - 1) * step}; }
  EntryId at(uint32_t i) const { return {first.ms, first.seq + i * step}; }

  friend bool operator==(const IdRun&, const IdRun&) = default;
};
using IdRuns = absl::InlinedVector<IdRun, 1>;

// Adds `run` after `runs`, as one run with the last one where that is possible.
void AppendRun(IdRuns* runs, const IdRun& run);

// How many of the ids are below `id`.
uint32_t CountIdsBelow(const IdRuns& ids, EntryId id);
bool HasId(const IdRuns& ids, EntryId id);

struct ChunkHeader {
  PartitionId partition;
  bool partitioned_ids = false;  // the stream has several partitions
  uint64_t base_offset = 0;
  uint64_t base_bytes = 0;
  uint32_t count = 0;
  IdRuns ids;  // as in entry ids: seq includes the partition

  EntryId first_id() const { return ids.front().first; }
  EntryId last_id() const { return ids.back().last(); }
  uint64_t next_offset() const { return base_offset + count; }
};

// Appends the header of a chunk to `out`; the entries follow it.
void EncodeChunkHeader(const ChunkHeader& header, std::string* out);

// Reads a header from the start of `bytes`; `*size` is how many bytes it took. Errors: DATA_LOSS.
absl::Status DecodeChunkHeader(std::string_view bytes, ChunkHeader* header, size_t* size);

// Runs as they stand in a header; also used by `dir` references.
void EncodeRuns(const IdRuns& ids, bool partitioned_ids, std::string* out);

// Checks that `bytes` are exactly `count` entries, so that they can be walked without bound checks.
// Errors: DATA_LOSS saying which entry is malformed.
absl::Status ValidateEntries(std::string_view bytes, uint32_t count);

// Reads what EncodeRuns wrote; the runs hold `count` ids, strictly rising. False when they do not.
bool DecodeRuns(ByteReader* reader, uint16_t partition, bool partitioned_ids, uint32_t count,
                IdRuns* ids);

}  // namespace evlog

#endif  // EVLOG_LOG_CHUNK_CODEC_H_
