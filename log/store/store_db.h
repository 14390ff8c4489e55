// The open RocksDB instance of a Store; shared by store.cc and store_open.cc.
#ifndef EVLOG_LOG_STORE_STORE_DB_H_
#define EVLOG_LOG_STORE_STORE_DB_H_

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "log/base/mutex.h"
#include "log/store/directory_lock.h"
#include "log/store/file_census.h"
#include "log/store/flush_gate.h"
#include "log/store/store.h"
#include "log/store/trim_view.h"
#include "log/store/wal_ends.h"
#include "log/store/wal_gate.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"

namespace evlog {

struct StoreBatch::Handles {
  std::array<rocksdb::ColumnFamilyHandle*, kFamilies> of{};
};

struct Store::Db {
  std::shared_ptr<rocksdb::FileSystem> fs;
  std::unique_ptr<rocksdb::Env> env;
  DirectoryLock lock;
  // Null while closed, and after a reopening that failed.
  std::unique_ptr<rocksdb::DB> db;
  StoreBatch::Handles handles;
  std::shared_ptr<FlushGate> flushes;  // of the open instance of an owner
  const std::shared_ptr<WalGate> gate = std::make_shared<WalGate>();  // of an owner
  const std::shared_ptr<WalEnds> ends = std::make_shared<WalEnds>();  // of a reader

  // Read-only: the table that could not be read when this was opened, so that it shows an older
  // state than there is.
  std::optional<std::string> unread;

  // Of the whole life of the store; attached to the instance that is open.
  const std::shared_ptr<TrimView> trims = std::make_shared<TrimView>();
  // What files hold, by name: read once.
  Mutex census_mu;
  absl::flat_hash_map<std::string, FileCensus> census ABSL_GUARDED_BY(census_mu);

  void Close() {
    if (db == nullptr) return;
    if (flushes != nullptr && gate->open()) flushes->BeforeClose();
    trims->Detach();  // compactions that run go on without it
    for (rocksdb::ColumnFamilyHandle*& handle : handles.of) {
      if (handle != nullptr) db->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
      handle = nullptr;
    }
    db->Close().PermitUncheckedError();  // nothing to save: the WAL holds all that was written
    db.reset();
    gate->Reset();
  }

  ~Db() { Close(); }  // before it is unlocked
};

inline rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_STORE_DB_H_
