// The servers that are measured: evlog's and its twin's, each a process of its own.
#ifndef EVLOG_BENCH_SERVER_PROCESS_H_
#define EVLOG_BENCH_SERVER_PROCESS_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "evlog/append.h"

namespace evlog::bench {

enum class Peer { kEvlog, kRedis, kNats };

// Debian's nats-server would install a service; `./dev bench` only unpacks it.
bool NatsIsHere();

class ServerProcess {
 public:
  // Starts it on a free port of this machine, on the data in `dir`, pinned to the first processor,
  // while the calling thread gets the second one: so both servers have the same. `os` is Redis'
  // appendfsync everysec, `sync` its `always`; NATS keeps nothing. Errors: NOT_FOUND (no such
  // program), UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(Peer peer, Durability durability,
                                                              const std::string& dir);
  ~ServerProcess();  // kills it
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // Waits until it answers `request` with a line that begins with `reply`.
  absl::Status AwaitReply(const std::string& request, const std::string& reply);
  absl::Status Stop();  // in order
  void Kill();

  int port() const { return port_; }
  double CpuSeconds() const;   // user and system, all threads, until now
  double ResidentMiB() const;  // now

 private:
  ServerProcess(pid_t pid, int port, std::string log)
      : pid_(pid), port_(port), log_(std::move(log)) {}
  bool Ended();
  std::string LastWords() const;

  pid_t pid_;  // 0: it has ended
  const int port_;
  const std::string log_;  // the file of what it said
};

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_SERVER_PROCESS_H_
