// The routes of a log: in the store, and at work in its channels.
#ifndef EVLOG_EMBEDDED_ROUTER_H_
#define EVLOG_EMBEDDED_ROUTER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "embedded/hub/route_sink.h"
#include "embedded/hub/subscriber_table.h"
#include "evlog/route.h"
#include "log/base/mutex.h"
#include "log/log.h"

namespace evlog {

// Thread-safe. Errors are those that evlog/event_log.h lists.
class Router {
 public:
  // The table outlives it.
  Router(std::shared_ptr<Log> log, internal::SubscriberTable* table)
      : log_(std::move(log)), table_(table) {}

  // Puts to work what the store has.
  absl::Status Load() ABSL_LOCKS_EXCLUDED(mu_);

  absl::Status Add(uint8_t database, const Route& route) ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status Remove(uint8_t database, std::string_view pattern, std::string_view stream)
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::vector<Route>> List(uint8_t database) const;

 private:
  struct Working {
    std::string pattern;
    std::shared_ptr<internal::RouteSink> sink;
  };
  void Set(const std::string& key, const std::string& pattern,
           std::shared_ptr<internal::RouteSink> sink) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::shared_ptr<Log> log_;
  internal::SubscriberTable* const table_;
  Mutex mu_;
  std::map<std::string, Working> working_ ABSL_GUARDED_BY(mu_);  // by key of the row
};

}  // namespace evlog

#endif  // EVLOG_EMBEDDED_ROUTER_H_
