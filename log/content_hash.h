// The id of an append by its content: what Idempotence::Content remembers. On disk: it must never
// change. Golden values: tests/golden/content.txt.
//
//   Two lanes of 64 bits, each with constants of its own, side by side through all of it:
//     bytes(h, s)   h = fold(h ^ size); for each 8 bytes, little-endian, the last ones filled up
//                   with zeros: h = fold(h ^ word)
//     field         bytes(bytes(start, name), value)
//     entry         e = fold(sum of its fields ^ number of fields); with a key: bytes(e, key)
//     append        h = start; for each entry in order: h = fold(h ^ e) + e; at the end
//                   fold(h ^ number of entries)
//   fold(x) is the upper half of the product of x and the lane's multiplier, xor its lower half.
//   The id is the first lane, then the second, big-endian.
//
// The sum makes the order of fields not count, as with Redis' IDMPAUTO; that of entries does.
#ifndef EVLOG_LOG_CONTENT_HASH_H_
#define EVLOG_LOG_CONTENT_HASH_H_

#include <string>

#include "log/batch_data.h"

namespace evlog {

inline constexpr size_t kContentIdBytes = 16;

// 16 bytes. The batch has passed CheckLimits.
std::string ContentIdOf(internal::BatchData& batch);

}  // namespace evlog

#endif  // EVLOG_LOG_CONTENT_HASH_H_
