// CRC-32C (Castagnoli): in hardware where the processor has it.
#ifndef EVLOG_LOG_BASE_CRC32C_H_
#define EVLOG_LOG_BASE_CRC32C_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace evlog {

// The checksum of what `crc` is the checksum of, followed by `bytes`.
uint32_t ExtendCrc32c(uint32_t crc, std::string_view bytes);

inline uint32_t Crc32c(std::string_view bytes) { return ExtendCrc32c(0, bytes); }

// The same without hardware, one table look-up per byte: what tests compare with.
uint32_t ExtendCrc32cPortable(uint32_t crc, std::string_view bytes);

// LevelDB's and RocksDB's mask: a checksum of bytes that hold checksums is weak, so stored ones are
// rotated and moved.
constexpr uint32_t MaskCrc32c(uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8U; }

}  // namespace evlog

#endif  // EVLOG_LOG_BASE_CRC32C_H_
