// Shows a write-ahead log without its torn tail, to who may not cut it off.
//
// A secondary instance of RocksDB answers "Corruption" where a torn tail ends in damaged bytes. So
// for a directory that nobody holds, a read-only store gives RocksDB a file system in which the
// files end where the scan (wal_scan.h) found their valid part to end.
//
// A later owner cuts the same bytes off and goes on in another file. And should one have begun
// while the scan was reading, the file is not the size that it had: then it is shown as it is.
#ifndef EVLOG_LOG_STORE_WAL_ENDS_H_
#define EVLOG_LOG_STORE_WAL_ENDS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "log/base/mutex.h"
#include "log/store/wal_scan.h"
#include "rocksdb/file_system.h"

namespace evlog {

// Thread-safe.
class WalEnds {
 public:
  // What is cut off the files of `dir`; replaces what was said before.
  void Set(const std::string& dir, const std::optional<TornTail>& torn) ABSL_LOCKS_EXCLUDED(mu_);
  // Where the file ends, if it is one that is cut and has the size that it had then.
  std::optional<uint64_t> EndOf(rocksdb::FileSystem& fs, const std::string& path) const
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct End {
    uint64_t offset;
    uint64_t size;  // of the whole file
  };

  mutable Mutex mu_;
  std::map<std::string, End> ends_ ABSL_GUARDED_BY(mu_);
};

// The file system `fs`, whose files, read in sequence, end where `ends` says.
std::shared_ptr<rocksdb::FileSystem> WithWalEnds(const std::shared_ptr<rocksdb::FileSystem>& fs,
                                                 std::shared_ptr<const WalEnds> ends);

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_WAL_ENDS_H_
