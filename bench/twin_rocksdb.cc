#include "bench/twin_rocksdb.h"

#include <rocksdb/write_batch.h>

#include <string>

#include "bench/payload.h"
#include "bench/threads.h"
#include "bench/twin_codec.h"
#include "bench/twin_options.h"
#include "log/base/bytes.h"
#include "log/base/status.h"

namespace evlog::bench {
namespace {

// An 8-byte key that sorts as its number.
class Key {
 public:
  explicit Key(uint64_t number) { PutBig64(bytes_, number); }
  rocksdb::Slice slice() const { return rocksdb::Slice(bytes_, sizeof bytes_); }

 private:
  char bytes_[8];
};

rocksdb::WriteOptions WriteAs(bool sync) {
  rocksdb::WriteOptions options;
  options.sync = sync;
  return options;
}

absl::StatusOr<Measurement> Packed(const Context& context, uint64_t batch) {
  ASSIGN_OR_RETURN(TwinDb twin, OpenTwin(context.dir, TwinRocksDbOptions()));
  const rocksdb::WriteOptions write = WriteAs(false);
  const uint64_t batches = context.entries / batch;
  std::string value;
  const Stopwatch watch;
  for (uint64_t i = 0; i != batches; ++i) {
    EncodeTwinBatch(i * batch, batch, &value);
    RETURN_IF_ERROR(FromRocksDb(twin.db->Put(write, Key(i).slice(), value)));
  }
  return Measured(watch, batches * batch);
}

absl::StatusOr<Measurement> KeyPerEntry(const Context& context, uint64_t batch) {
  ASSIGN_OR_RETURN(TwinDb twin, OpenTwin(context.dir, TwinRocksDbOptions()));
  const rocksdb::WriteOptions write = WriteAs(false);
  const uint64_t batches = context.entries / batch;
  rocksdb::WriteBatch rows;
  std::string value;
  const Stopwatch watch;
  for (uint64_t i = 0; i != batches; ++i) {
    rows.Clear();
    for (uint64_t entry = i * batch; entry != (i + 1) * batch; ++entry) {
      value.clear();
      EncodeTwinEntry(entry, &value);
      RETURN_IF_ERROR(FromRocksDb(rows.Put(Key(entry).slice(), value)));
    }
    RETURN_IF_ERROR(FromRocksDb(twin.db->Write(write, &rows)));
  }
  return Measured(watch, batches * batch);
}

absl::StatusOr<Measurement> PutEach(const Context& context, bool sync) {
  ASSIGN_OR_RETURN(TwinDb twin, OpenTwin(context.dir, TwinRocksDbOptions()));
  const rocksdb::WriteOptions write = WriteAs(sync);
  std::string value;
  const Stopwatch watch;
  for (uint64_t i = 0; i != context.entries; ++i) {
    value.clear();
    EncodeTwinEntry(i, &value);
    RETURN_IF_ERROR(FromRocksDb(twin.db->Put(write, Key(i).slice(), value)));
  }
  return Measured(watch, context.entries);
}

absl::StatusOr<Measurement> SyncPut32(const Context& context, bool concurrent_memtable) {
  rocksdb::Options options = TwinRocksDbOptions();
  options.allow_concurrent_memtable_write = concurrent_memtable;
  ASSIGN_OR_RETURN(TwinDb twin, OpenTwin(context.dir, options));
  const rocksdb::WriteOptions write = WriteAs(true);
  const auto append_share = [&](uint64_t first, uint64_t end) {
    std::string value;
    for (uint64_t i = first; i != end; ++i) {
      value.clear();
      EncodeTwinEntry(i, &value);
      RETURN_IF_ERROR(FromRocksDb(twin.db->Put(write, Key(i).slice(), value)));
    }
    return absl::OkStatus();
  };
  const Stopwatch watch;
  RETURN_IF_ERROR(RunOnThreads(32, context.entries, append_share));
  return Measured(watch, context.entries);
}

}  // namespace

absl::StatusOr<Measurement> RocksDbPacked100(const Context& context) {
  return Packed(context, 100);
}

absl::StatusOr<Measurement> RocksDbPacked1000(const Context& context) {
  return Packed(context, 1000);
}

absl::StatusOr<Measurement> RocksDbKeyPerEntry100(const Context& context) {
  return KeyPerEntry(context, 100);
}

absl::StatusOr<Measurement> RocksDbKeyPerEntry1000(const Context& context) {
  return KeyPerEntry(context, 1000);
}

absl::StatusOr<Measurement> RocksDbPut(const Context& context) { return PutEach(context, false); }

absl::StatusOr<Measurement> RocksDbSyncPut(const Context& context) {
  return PutEach(context, true);
}

absl::StatusOr<Measurement> RocksDbTwoRows(const Context& context) {
  ASSIGN_OR_RETURN(TwinDb twin, OpenTwin(context.dir, TwinRocksDbOptions(), {"dir", "log"}));
  rocksdb::ColumnFamilyHandle* const dir = twin.handles[1];
  rocksdb::ColumnFamilyHandle* const log = twin.handles[2];
  constexpr size_t kInlineHeaderBytes = 36;  // with the encoded entry: 140 bytes
  constexpr size_t kReferenceBytes = 30;
  const rocksdb::WriteOptions write = WriteAs(false);
  rocksdb::WriteBatch rows;
  std::string value;
  char dir_key[26] = {};
  char log_key[12] = {};
  const Stopwatch watch;
  for (uint64_t i = 0; i != context.entries; ++i) {
    rows.Clear();
    PutBig64(dir_key + 18, i);
    value.assign(kInlineHeaderBytes, '\x01');
    EncodeTwinEntry(i, &value);
    RETURN_IF_ERROR(FromRocksDb(rows.Put(dir, rocksdb::Slice(dir_key, sizeof dir_key), value)));
    PutBig64(log_key, i);
    value.assign(dir_key, sizeof dir_key);
    value.resize(kReferenceBytes);
    RETURN_IF_ERROR(FromRocksDb(rows.Put(log, rocksdb::Slice(log_key, sizeof log_key), value)));
    RETURN_IF_ERROR(FromRocksDb(twin.db->Write(write, &rows)));
  }
  return Measured(watch, context.entries);
}

absl::StatusOr<Measurement> RocksDbSyncPut32(const Context& context) {
  return SyncPut32(context, false);
}

absl::StatusOr<Measurement> RocksDbSyncPut32Concurrent(const Context& context) {
  return SyncPut32(context, true);
}

}  // namespace evlog::bench
