#include "evlog/open_options.h"

#include <cstdint>

#include "log/base/status.h"

namespace evlog {
namespace {

constexpr size_t kEntryBytesMin = 64;
constexpr size_t kInFlightBytesMin = size_t{1} << 10;
constexpr size_t kMemtableBytesMin = size_t{64} << 10;  // the least that RocksDB takes
constexpr size_t kBlockCacheBytesMin = size_t{64} << 10;
// Above any machine; below what a negative number becomes on its way into a size_t.
constexpr size_t kMemoryBytesMax = size_t{1} << 40;
constexpr absl::Duration kPollMin = absl::Milliseconds(1);
constexpr absl::Duration kPollMax = absl::Hours(1);

absl::Status CheckRange(const char* field, uint64_t value, uint64_t min, uint64_t max) {
  if (value >= min && value <= max) return absl::OkStatus();
  return InvalidArgument("{} is {}; it must be in {}..{}", field, value, min, max);
}

absl::Status CheckRange(const char* field, absl::Duration value, absl::Duration min,
                        absl::Duration max) {
  if (value >= min && value <= max) return absl::OkStatus();
  return InvalidArgument("{} is {}; it must be in {}..{}", field, absl::FormatDuration(value),
                         absl::FormatDuration(min), absl::FormatDuration(max));
}

absl::Status CheckLimits(const Limits& limits) {
  RETURN_IF_ERROR(
      CheckRange("limits.entry_bytes", limits.entry_bytes, kEntryBytesMin, kLimitBytesMax));
  // A batch holds any entry, and an entry holds any key and something beside it.
  RETURN_IF_ERROR(
      CheckRange("limits.batch_bytes", limits.batch_bytes, limits.entry_bytes, kLimitBytesMax));
  RETURN_IF_ERROR(CheckRange("limits.key_bytes", limits.key_bytes, 1, limits.entry_bytes - 1));
  return CheckRange("limits.fields", limits.fields, 1, kFieldsMax);
}

}  // namespace

absl::Status OpenOptions::Validate() const {
  RETURN_IF_ERROR(CheckLimits(limits));
  RETURN_IF_ERROR(
      CheckRange("in_flight_bytes", in_flight_bytes, kInFlightBytesMin, kMemoryBytesMax));
  RETURN_IF_ERROR(CheckRange("tail_cache_bytes", tail_cache_bytes, 0, kMemoryBytesMax));
  RETURN_IF_ERROR(CheckRange("memtable_bytes", memtable_bytes, kMemtableBytesMin, kMemoryBytesMax));
  RETURN_IF_ERROR(
      CheckRange("block_cache_bytes", block_cache_bytes, kBlockCacheBytesMin, kMemoryBytesMax));
  return CheckRange("idempotence_cache_bytes", idempotence_cache_bytes, 0, kMemoryBytesMax);
}

absl::Status ReadOnlyOptions::Validate() const {
  RETURN_IF_ERROR(CheckRange("poll_min", poll_min, kPollMin, kPollMax));
  RETURN_IF_ERROR(CheckRange("poll_max", poll_max, poll_min, kPollMax));
  return CheckRange("block_cache_bytes", block_cache_bytes, kBlockCacheBytesMin, kMemoryBytesMax);
}

}  // namespace evlog
