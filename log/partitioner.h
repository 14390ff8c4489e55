// Routes keys to partitions. What a key maps to is part of the format: entries of a key stay in
// their partition only as long as this function never changes.
//
//   Fold(x)  = the low 64 bits of x * 0x9e3779b97f4a7c15 (as 128 bits), xor the high 64 bits
//   hash     = Fold(0x6a09e667f3bcc909 xor the key's length)
//   hash     = Fold(hash xor w)   for each 8-byte little-endian word w of the key in turn; the last
//                                 one, if it is not whole, is filled up with zero bytes
//   hash     = Fold(hash xor 0xbb67ae8584caa73b)
//   partition = the high 64 bits of hash * partitions
#ifndef EVLOG_LOG_PARTITIONER_H_
#define EVLOG_LOG_PARTITIONER_H_

#include <cstdint>
#include <string_view>

namespace evlog {

// The partition of `key`, any bytes, in a stream of so many partitions (1..kPartitionsMax).
uint16_t PartitionOf(std::string_view key, uint32_t partitions);

}  // namespace evlog

#endif  // EVLOG_LOG_PARTITIONER_H_
