// How the twins encode entries: as little as can be decoded again, written here and not taken from
// the log, so that a twin pays for encoding what it would cost anybody.
//
//   entry = varint(fields) { varint(size) name varint(size) value }*
//   batch = varint(entries) entry*
#ifndef EVLOG_BENCH_TWIN_CODEC_H_
#define EVLOG_BENCH_TWIN_CODEC_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace evlog::bench {

// Appends entry i of the payload to `out`.
void EncodeTwinEntry(uint64_t i, std::string* out);

// Replaces `out` by entries [first, first + count) of the payload.
void EncodeTwinBatch(uint64_t first, uint64_t count, std::string* out);

// Walks every field of a batch (of an entry), adding to the checksum; answers how many entries
// there were, 0 when the bytes are malformed.
uint64_t DecodeTwinBatch(std::string_view bytes, uint64_t* checksum);
uint64_t DecodeTwinEntry(std::string_view bytes, uint64_t* checksum);

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_TWIN_CODEC_H_
