// A log at one moment, as `evlog top` compares it with the next.
#ifndef EVLOG_CLI_TOP_SNAPSHOT_H_
#define EVLOG_CLI_TOP_SNAPSHOT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace evlog::cli {

// At most so many streams are looked at, in the order of their names.
inline constexpr size_t kTopStreams = 1000;

struct TopStream {
  int database = 0;
  std::string name;
  uint64_t entries = 0;           // that are there
  uint64_t appended = 0;          // that ever were
  std::optional<uint64_t> bytes;  // nullopt: it is not told
};

struct TopGroup {
  int database = 0;
  std::string stream, name;
  std::optional<uint64_t> lag;            // nullopt: the server does not know it
  std::optional<absl::Duration> lag_age;  // of the oldest of those; nullopt: there is none
  uint64_t pending = 0;
  std::optional<uint64_t> read;  // entries that it ever delivered for the first time; as `lag`
  uint64_t consumers = 0;
};

// The log as a whole.
struct TopLog {
  uint64_t table_bytes = 0;
  uint64_t garbage_bytes = 0;  // about, of those
  uint64_t written_commit = 0, synced_commit = 0;
  std::optional<uint64_t> disk_free_bytes;
  bool appends_refused = false;
};

// The process that serves it.
struct TopServer {
  std::string version;   // `evlog 0.1.0`, `Redis 7.0.15`
  uint64_t clients = 0;  // now
  uint64_t blocked = 0;
  uint64_t memory_bytes = 0;
  uint64_t output_bytes_max = 0;  // that wait for one client
  uint64_t commands = 0;          // ever
  uint64_t errors = 0;
  uint64_t input_bytes = 0, output_bytes = 0;
  std::optional<uint64_t> slow_clients;  // cut off, ever
};

struct TopSnapshot {
  absl::Time time;
  std::vector<TopStream> streams;  // by database and name
  bool more_streams = false;       // than kTopStreams
  std::vector<TopGroup> groups;    // by database, stream and name
  std::optional<TopLog> log;
  std::optional<TopServer> server;
};

// Where snapshots come from.
class TopSource {
 public:
  virtual ~TopSource() = default;
  // What is looked at, for people.
  virtual std::string place() const = 0;
  // Errors: UNAVAILABLE: there is no connection any more; those of the log.
  virtual absl::StatusOr<TopSnapshot> Look() = 0;
};

// What to look at.
struct TopOptions {
  std::string pattern = "*";    // of names of streams
  std::optional<int> database;  // nullopt: all
};

struct Environment;

// The log that --at names: a directory beside its owner, or a server. Errors: OpenForReading,
// RedisConnection::Open.
absl::StatusOr<std::unique_ptr<TopSource>> OpenTopSource(const Environment& env,
                                                         const TopOptions& options);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_TOP_SNAPSHOT_H_
