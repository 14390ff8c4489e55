// A client as commands and other clients see it (CLIENT LIST), whatever thread it lives on.
#ifndef EVLOG_SERVER_CLIENT_H_
#define EVLOG_SERVER_CLIENT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "log/base/mutex.h"

namespace evlog::server {

struct CommandRow;

// Written by its own io thread only, but for what is under `mu`; read by any.
class Client {
 public:
  Client(uint64_t client_id, std::string remote, std::string local, int descriptor,
         absl::Time started)
      : id(client_id),
        address(std::move(remote)),
        local_address(std::move(local)),
        fd(descriptor),
        since(started),
        last_active_ms(absl::ToUnixMillis(started)) {}

  struct Names {
    std::string name, library, library_version;
  };
  Names names() const ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    return names_;
  }
  void SetNames(Names names) ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    names_ = std::move(names);
  }

  bool subscribed() const { return channels + patterns + sharded > 0; }

  const uint64_t id;
  const std::string address;  // host:port
  const std::string local_address;
  const int fd;
  const absl::Time since;

  std::atomic<int> database{0};
  std::atomic<int> protocol{2};
  std::atomic<bool> authenticated{false};
  std::atomic<bool> blocked{false};  // a command of its waits for entries
  std::atomic<bool> held{false};     // by CLIENT PAUSE
  std::atomic<bool> no_evict{false};
  std::atomic<bool> no_touch{false};
  std::atomic<bool> closing{false};
  std::atomic<int64_t> last_active_ms;
  std::atomic<uint32_t> channels{0}, patterns{0}, sharded{0};
  std::atomic<int> multi{-1};  // commands that MULTI has queued; -1: there was none
  std::atomic<size_t> input_bytes{0}, output_bytes{0};
  std::atomic<const CommandRow*> last_command{nullptr};

 private:
  mutable Mutex mu_;
  Names names_ ABSL_GUARDED_BY(mu_);
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_CLIENT_H_
