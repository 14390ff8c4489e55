// The bounds of what a log accepts. Each is an error with a name when it is passed, never a crash.
#ifndef EVLOG_LIMITS_H_
#define EVLOG_LIMITS_H_

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace evlog {

// The limits that a caller may raise by `OpenOptions::limits`. Past one, an append answers
// INVALID_ARGUMENT that says which bound, how much there was and how much may be.
struct Limits {
  size_t entry_bytes = size_t{16} << 20;  // fields and key of one entry, encoded
  size_t batch_bytes = size_t{16} << 20;  // all entries of one batch, encoded
  uint32_t fields = 65536;                // of one entry
  size_t key_bytes = size_t{64} << 10;
};

// Bounds that no option moves.
inline constexpr size_t kStreamNameBytesMax = 4096;
inline constexpr size_t kLimitBytesMax = size_t{1} << 30;  // how far entry_bytes, batch_bytes go
inline constexpr uint32_t kFieldsMax = 1 << 24;
inline constexpr uint8_t kDatabases = 16;
inline constexpr size_t kStateSpaceBytesMax = 1024;
inline constexpr size_t kStateKeyBytesMax = size_t{64} << 10;
inline constexpr absl::Duration kIdempotenceWindowMax = absl::Hours(24);
inline constexpr uint32_t kIdempotenceIdsMax = 10'000;
inline constexpr size_t kIdempotenceNameBytesMax = 1024;  // of a producer, and of an id

static_assert(Limits{}.entry_bytes <= kLimitBytesMax);
static_assert(Limits{}.batch_bytes >= Limits{}.entry_bytes, "a batch holds any entry");
static_assert(Limits{}.entry_bytes > Limits{}.key_bytes, "an entry holds any key");
static_assert(Limits{}.fields <= kFieldsMax);

}  // namespace evlog

#endif  // EVLOG_LIMITS_H_
