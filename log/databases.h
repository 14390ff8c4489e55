// Which database of a log is which: the number that applications say, and the one that stands in
// keys, its home. Exchanging two databases exchanges their homes, and moves nothing.
#ifndef EVLOG_LOG_DATABASES_H_
#define EVLOG_LOG_DATABASES_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evlog/limits.h"
#include "log/store/store.h"

namespace evlog {

// The home of each database.
using DatabaseHomes = std::array<uint8_t, kDatabases>;

std::string EncodeDatabaseHomes(const DatabaseHomes& homes);
// Errors: DATA_LOSS, also where two have the same home.
absl::StatusOr<DatabaseHomes> DecodeDatabaseHomes(std::string_view value);

// Thread-safe. Numbers are below kDatabases.
class Databases {
 public:
  Databases();

  // As the store has them. Errors: DATA_LOSS; those of the store.
  absl::Status Load(const Store& store);
  uint8_t HomeOf(uint8_t database) const;
  uint8_t AtHome(uint8_t home) const;  // which database has that home
  DatabaseHomes homes() const;
  void Set(const DatabaseHomes& homes);

 private:
  // Four bits for each, so that all change at once.
  std::atomic<uint64_t> homes_;
};

}  // namespace evlog

#endif  // EVLOG_LOG_DATABASES_H_
