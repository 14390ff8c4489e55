// What the benches of the server do, on whichever peer: it is started as a process of its own, one
// thread of this one asks it over the loopback interface.
#ifndef EVLOG_BENCH_SERVER_WORK_H_
#define EVLOG_BENCH_SERVER_WORK_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/bench.h"
#include "bench/load_connection.h"
#include "bench/server_process.h"

namespace evlog::bench {

inline constexpr std::string_view kBenchStream = "s";

struct XaddShape {
  int clients = 50;
  uint64_t pipeline = 1;
  Durability durability = Durability::kOs;
  bool capped = false;  // MAXLEN ~ 100000
};
absl::StatusOr<Measurement> ServerXadd(const Context& context, Peer peer, const XaddShape& shape);

struct ReadShape {
  bool range = false;  // XRANGE, not XREAD
  uint64_t count = 100;
  int clients = 4;
};
absl::StatusOr<Measurement> ServerRead(const Context& context, Peer peer, const ReadShape& shape);

struct GroupShape {
  uint64_t count = 1;
  int clients = 10;
};
// XREADGROUP, and then XACK of what came.
absl::StatusOr<Measurement> ServerGroup(const Context& context, Peer peer, const GroupShape& shape);

struct PubsubShape {
  int subscribers = 1;
  size_t bytes = 64;
  uint64_t window = 64;  // messages that are published and have not come yet
};
// Entries are deliveries.
absl::StatusOr<Measurement> ServerPubsub(const Context& context, Peer peer,
                                         const PubsubShape& shape);

// From sending until a client that waits has it, 2,000 messages a second.
absl::StatusOr<Measurement> ServerGroupLatency(const Context& context, Peer peer);
absl::StatusOr<Measurement> ServerPubsubLatency(const Context& context, Peer peer);

// Memory and restart with so many entries.
absl::StatusOr<Measurement> ServerRestart(const Context& context, Peer peer);
// Memory of connections that have subscribed and hear nothing.
absl::StatusOr<Measurement> ServerIdle(const Context& context, Peer peer);

// ---- What these are made of

// Runs on a thread of its own, since that one is pinned.
using ServerWork = std::function<absl::StatusOr<Measurement>(ServerProcess&)>;
absl::StatusOr<Measurement> WithServer(const Context& context, Peer peer, Durability durability,
                                       const ServerWork& work);

// The time and the processor time that the server takes for `entries`, from the construction on.
class ServerWatch {
 public:
  explicit ServerWatch(const ServerProcess& server)
      : server_(server), cpu_start_(server.CpuSeconds()) {}
  Measurement Measured(uint64_t entries, uint64_t checksum) const;

 private:
  const ServerProcess& server_;
  const double cpu_start_;
  const Stopwatch watch_;
};

// The request that appends entry i.
void AppendXadd(std::string* out, uint64_t i, bool capped = false);
// Appends entries 0 to n - 1, many at a time.
absl::Status FillStream(const ServerProcess& server, uint64_t n);

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_SERVER_WORK_H_
