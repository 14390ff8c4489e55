// What CONFIG SET may change while the server runs, and what CONFIG GET shows.
#ifndef EVLOG_SERVER_SETTINGS_H_
#define EVLOG_SERVER_SETTINGS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "evlog/server.h"
#include "log/base/mutex.h"
#include "server/keyspace_events.h"

namespace evlog::server {

class Settings {
 public:
  explicit Settings(const ServerOptions& options);

  // ---- read by the io threads at each request
  bool needs_password() const { return needs_password_.load(std::memory_order_relaxed); }
  bool PasswordIs(std::string_view password) const ABSL_LOCKS_EXCLUDED(mu_);
  size_t clients_max() const { return clients_max_.load(std::memory_order_relaxed); }
  int64_t idle_timeout_s() const { return idle_timeout_s_.load(std::memory_order_relaxed); }
  OutputLimit output_limit(bool pubsub) const;
  EventClasses event_classes() const { return event_classes_.load(std::memory_order_relaxed); }

  // ---- CONFIG
  // Where it listens, which may be another port than it was told: 0 is any.
  void ShowPort(uint16_t port) ABSL_LOCKS_EXCLUDED(mu_);
  // Name and value of each setting whose name matches one of the patterns, by name.
  std::vector<std::pair<std::string, std::string>> Get(
      const std::vector<std::string>& patterns) const ABSL_LOCKS_EXCLUDED(mu_);
  // All of them or none. Errors: NOT_FOUND (no such setting), FAILED_PRECONDITION (it cannot be
  // changed), INVALID_ARGUMENT (the value, or there are two); the message says what is wrong with
  // it, and `failed`, which is static or one of the names, with which setting.
  struct Change {
    std::string_view name, value;
  };
  absl::Status Set(const std::vector<Change>& changes, std::string_view* failed)
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Limit {
    std::atomic<size_t> hard{0}, soft{0};
    std::atomic<int64_t> seconds{0};
  };

  void Apply(const Change& change) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void ShowLimits() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  static void Store(const OutputLimit& from, Limit* to);

  std::atomic<bool> needs_password_;
  std::atomic<size_t> clients_max_;
  std::atomic<int64_t> idle_timeout_s_;
  std::atomic<EventClasses> event_classes_{0};
  Limit normal_, pubsub_;
  Limit replica_;  // there are none: shown

  mutable Mutex mu_;
  std::string password_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, std::string, std::less<>> shown_ ABSL_GUARDED_BY(mu_);
};

// Bytes as redis.conf has them: 100, 1k, 1kb, 5mb, 1g. False: not a size.
bool ParseMemory(std::string_view text, size_t* bytes);

}  // namespace evlog::server

#endif  // EVLOG_SERVER_SETTINGS_H_
