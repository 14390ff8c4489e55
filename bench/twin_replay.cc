#include "bench/twin_replay.h"

#include <rocksdb/iterator.h>

#include <memory>
#include <string_view>

#include "bench/page_cache.h"
#include "bench/twin_codec.h"
#include "bench/twin_options.h"
#include "bench/twin_rocksdb.h"
#include "log/base/status.h"

namespace evlog::bench {
namespace {

using Decode = uint64_t (*)(std::string_view bytes, uint64_t* checksum);

absl::StatusOr<Measurement> Scan(TwinDb& twin, uint64_t entries, Decode decode) {
  const Stopwatch watch;
  uint64_t checksum = 0;
  uint64_t count = 0;
  std::unique_ptr<rocksdb::Iterator> it(twin.db->NewIterator(TwinScanOptions()));
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    const rocksdb::Slice value = it->value();
    count += decode(std::string_view(value.data(), value.size()), &checksum);
  }
  RETURN_IF_ERROR(FromRocksDb(it->status()));
  if (count != entries) return DataLoss("read {} entries of {}", count, entries);
  return Measured(watch, entries, checksum);
}

// After writing: a second open writes what recovery found into tables, and a pass over all rows
// gives compactions the time to end, so that rounds find the same files.
absl::Status Settle(const Context& context, Decode decode) {
  ASSIGN_OR_RETURN(TwinDb twin, OpenTwin(context.dir, TwinRocksDbOptions()));
  return Scan(twin, context.entries, decode).status();
}

absl::StatusOr<Measurement> ScanWarm(const Context& context, Decode decode) {
  ASSIGN_OR_RETURN(TwinDb twin, OpenTwin(context.dir, TwinRocksDbOptions()));
  RETURN_IF_ERROR(Scan(twin, context.entries, decode).status());
  return Scan(twin, context.entries, decode);
}

absl::StatusOr<Measurement> ScanCold(const Context& context, Decode decode) {
  RETURN_IF_ERROR(DropPageCache(context.dir));
  ASSIGN_OR_RETURN(TwinDb twin, OpenTwin(context.dir, TwinRocksDbOptions()));
  return Scan(twin, context.entries, decode);
}

}  // namespace

absl::Status PrepareRocksDbPacked(const Context& context) {
  RETURN_IF_ERROR(RocksDbPacked100(context).status());
  return Settle(context, DecodeTwinBatch);
}

absl::Status PrepareRocksDbKeyPerEntry(const Context& context) {
  RETURN_IF_ERROR(RocksDbKeyPerEntry100(context).status());
  return Settle(context, DecodeTwinEntry);
}

absl::StatusOr<Measurement> RocksDbPackedScanWarm(const Context& context) {
  return ScanWarm(context, DecodeTwinBatch);
}

absl::StatusOr<Measurement> RocksDbKeyPerEntryScanWarm(const Context& context) {
  return ScanWarm(context, DecodeTwinEntry);
}

absl::StatusOr<Measurement> RocksDbPackedScanCold(const Context& context) {
  return ScanCold(context, DecodeTwinBatch);
}

absl::StatusOr<Measurement> RocksDbKeyPerEntryScanCold(const Context& context) {
  return ScanCold(context, DecodeTwinEntry);
}

}  // namespace evlog::bench
