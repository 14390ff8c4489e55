// A RocksDB of several families whose writes carry commit marks, as the store's do.
#ifndef EVLOG_TESTS_SUPPORT_MARKED_DB_H_
#define EVLOG_TESTS_SUPPORT_MARKED_DB_H_

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "log/store/commit_mark.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"

namespace evlog {

class MarkedDb {
 public:
  static constexpr size_t kFamilies = 3;

  struct Options {
    std::shared_ptr<rocksdb::FileSystem> file_system;  // null: the machine's
    rocksdb::WALRecoveryMode recovery = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
    bool track_wals = false;  // track_and_verify_wals_in_manifest
    bool keep_wals = true;    // a reopened database does not flush what it recovered
    bool atomic_flush = true;
  };

  MarkedDb() = default;
  ~MarkedDb() { Close(); }
  MarkedDb(const MarkedDb&) = delete;
  MarkedDb& operator=(const MarkedDb&) = delete;

  // Goes on after the last commit that it finds.
  rocksdb::Status Open(const std::string& dir, const Options& options);
  rocksdb::Status Open(const std::string& dir) { return Open(dir, Options()); }
  // As a process that dies would: nothing is written.
  void Close();

  // A commit of one row of `bytes` bytes, in the family of its number.
  rocksdb::Status Commit(size_t bytes);
  // All that is written is on disk.
  rocksdb::Status Sync();
  // The mark alone.
  rocksdb::Status Watermark();
  // Rows go to tables, the WAL to a new file: of all families, or of one.
  rocksdb::Status Flush();
  rocksdb::Status Flush(size_t family);

  uint64_t last_commit() const { return last_commit_; }
  uint64_t synced_through() const { return synced_through_; }
  // The numbers of the commits whose rows are there, and whole.
  std::set<uint64_t> Commits() const;
  rocksdb::DB& db() { return *db_; }

 private:
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  uint64_t last_commit_ = 0;
  uint64_t synced_through_ = 0;
};

// The WAL files of a database, in order, as paths.
std::vector<std::string> WalFiles(const std::string& dir);

}  // namespace evlog

#endif  // EVLOG_TESTS_SUPPORT_MARKED_DB_H_
