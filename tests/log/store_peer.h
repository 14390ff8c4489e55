// What the tests do with a store that nothing else may: writing its memory to files when they say.
#ifndef EVLOG_TESTS_LOG_STORE_PEER_H_
#define EVLOG_TESTS_LOG_STORE_PEER_H_

#include "absl/status/status.h"
#include "log/base/status.h"
#include "log/store/rocksdb_status.h"
#include "log/store/store.h"
#include "log/store/store_db.h"

namespace evlog {

class StorePeer {
 public:
  // All families; nothing else may be flushing (see log/store/rocksdb_options.cc).
  static absl::Status Flush(const Store& store) {
    const auto& handles = store.db_->handles.of;
    return FromRocksDb(store.db_->db->Flush({}, {handles.begin(), handles.end()}));
  }

  // Writes all files of the family anew, those in memory too.
  static absl::Status RewriteAll(const Store& store, Family family) {
    RETURN_IF_ERROR(Flush(store));
    ASSIGN_OR_RETURN(const std::vector<TableFile> files, store.ListFiles(family));
    for (const TableFile& file : files) RETURN_IF_ERROR(store.Rewrite(family, file));
    return absl::OkStatus();
  }
};

}  // namespace evlog

#endif  // EVLOG_TESTS_LOG_STORE_PEER_H_
