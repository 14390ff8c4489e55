// What a directory has lost or is damaged in, found before RocksDB reads it or passes over it.
#ifndef EVLOG_LOG_STORE_STORE_DAMAGE_H_
#define EVLOG_LOG_STORE_STORE_DAMAGE_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rocksdb/db.h"
#include "rocksdb/file_system.h"

namespace evlog {

// Looks at the tails of all tables in use, also beside an owner: one that it has deleted meanwhile
// is not missed.
//   DATA_LOSS: one is damaged. UNAVAILABLE: one cannot be read.
absl::Status CheckTails(rocksdb::FileSystem& fs, const std::string& db_directory);

// A secondary instance goes back to where it can read all tables, without a word: the table that it
// has not, and why. Of a directory without an owner.
absl::StatusOr<std::optional<std::string>> FindUnread(rocksdb::DB& db, rocksdb::FileSystem& fs,
                                                      rocksdb::Env* env,
                                                      const std::string& db_directory);

}  // namespace evlog

#endif  // EVLOG_LOG_STORE_STORE_DAMAGE_H_
