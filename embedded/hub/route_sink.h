// What the hub knows of a route: somewhere else to which messages go first.
#ifndef EVLOG_EMBEDDED_HUB_ROUTE_SINK_H_
#define EVLOG_EMBEDDED_HUB_ROUTE_SINK_H_

#include <span>
#include <string_view>

#include "absl/status/status.h"

namespace evlog::internal {

// Thread-safe.
class RouteSink {
 public:
  virtual ~RouteSink() = default;
  // All of them or none; blocks until they are as durable as they shall be.
  virtual absl::Status Append(std::string_view channel,
                              std::span<const std::string_view> payloads) = 0;
  // Whether subscribers get the messages as well.
  virtual bool keeps_live() const = 0;
};

}  // namespace evlog::internal

#endif  // EVLOG_EMBEDDED_HUB_ROUTE_SINK_H_
