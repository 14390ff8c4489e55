#include "bench/twin_sqlite.h"

#include <sqlite3.h>

#include <memory>
#include <string>

#include "bench/twin_codec.h"
#include "bench/twin_options.h"
#include "log/base/status.h"

namespace evlog::bench {
namespace {

// A database and the three statements of an append.
class Database {
 public:
  Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() {
    sqlite3_finalize(begin_);
    sqlite3_finalize(insert_);
    sqlite3_finalize(commit_);
    sqlite3_close(db_);
  }

  absl::Status Open(const std::string& path, const std::string& synchronous) {
    if (sqlite3_open(path.c_str(), &db_) != SQLITE_OK) return Failed();
    RETURN_IF_ERROR(Execute(std::string(kTwinSqlitePragmas) + "PRAGMA synchronous=" + synchronous +
                            ";CREATE TABLE entries (id INTEGER PRIMARY KEY, fields BLOB);"));
    RETURN_IF_ERROR(Prepare("BEGIN", &begin_));
    RETURN_IF_ERROR(Prepare("INSERT INTO entries VALUES (?, ?)", &insert_));
    return Prepare("COMMIT", &commit_);
  }

  absl::Status Begin() { return Step(begin_); }
  absl::Status Commit() { return Step(commit_); }
  absl::Status Insert(uint64_t id, const std::string& fields) {
    sqlite3_bind_int64(insert_, 1, static_cast<sqlite3_int64>(id));
    sqlite3_bind_blob(insert_, 2, fields.data(), static_cast<int>(fields.size()), SQLITE_STATIC);
    return Step(insert_);
  }

 private:
  absl::Status Execute(const std::string& sql) {
    if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return Failed();
    return absl::OkStatus();
  }
  absl::Status Prepare(const char* sql, sqlite3_stmt** statement) {
    if (sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, nullptr) !=
        SQLITE_OK) {
      return Failed();
    }
    return absl::OkStatus();
  }
  absl::Status Step(sqlite3_stmt* statement) {
    const int result = sqlite3_step(statement);
    sqlite3_reset(statement);
    return result == SQLITE_DONE ? absl::OkStatus() : Failed();
  }
  absl::Status Failed() const {
    return absl::InternalError(std::string("sqlite: ") + sqlite3_errmsg(db_));
  }

  sqlite3* db_ = nullptr;
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
};

}  // namespace

absl::StatusOr<Measurement> SqliteBatch100(const Context& context) {
  Database db;
  RETURN_IF_ERROR(db.Open(context.dir + "/entries.db", "NORMAL"));
  const uint64_t batches = context.entries / 100;
  std::string fields;
  const Stopwatch watch;
  for (uint64_t batch = 0; batch != batches; ++batch) {
    RETURN_IF_ERROR(db.Begin());
    for (uint64_t i = batch * 100; i != (batch + 1) * 100; ++i) {
      fields.clear();
      EncodeTwinEntry(i, &fields);
      RETURN_IF_ERROR(db.Insert(i, fields));
    }
    RETURN_IF_ERROR(db.Commit());
  }
  return Measured(watch, batches * 100);
}

absl::StatusOr<Measurement> SqliteSyncInsert(const Context& context) {
  Database db;
  RETURN_IF_ERROR(db.Open(context.dir + "/entries.db", "FULL"));
  std::string fields;
  const Stopwatch watch;
  for (uint64_t i = 0; i != context.entries; ++i) {
    fields.clear();
    EncodeTwinEntry(i, &fields);
    RETURN_IF_ERROR(db.Insert(i, fields));  // its own transaction
  }
  return Measured(watch, context.entries);
}

}  // namespace evlog::bench
