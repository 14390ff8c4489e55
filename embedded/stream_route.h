// A route at work: makes messages into entries and appends them.
#ifndef EVLOG_EMBEDDED_STREAM_ROUTE_H_
#define EVLOG_EMBEDDED_STREAM_ROUTE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "embedded/hub/route_sink.h"
#include "evlog/route.h"
#include "log/base/mutex.h"
#include "log/batch_data.h"
#include "log/log.h"

namespace evlog {

// Adds the entry that the route makes of a message. Errors: INVALID_ARGUMENT (not a JSON object;
// those of Batch::Add).
absl::Status AddRouted(const Route& route, std::string_view channel, std::string_view payload,
                       internal::BatchData* batch);

class StreamRoute : public internal::RouteSink {
 public:
  StreamRoute(std::weak_ptr<Log> log, uint8_t database, Route route)
      : log_(std::move(log)), database_(database), route_(std::move(route)) {}

  // Errors: as Stream::Append.
  absl::Status Append(std::string_view channel,
                      std::span<const std::string_view> payloads) override;
  bool keeps_live() const override { return route_.live; }

 private:
  absl::StatusOr<std::shared_ptr<StreamState>> StreamOf(Log& log) ABSL_LOCKS_EXCLUDED(mu_);

  const std::weak_ptr<Log> log_;
  const uint8_t database_;
  const Route route_;
  Mutex mu_;
  std::shared_ptr<StreamState> stream_ ABSL_GUARDED_BY(mu_);  // null: to be looked up
  StreamOptions options_ ABSL_GUARDED_BY(mu_);                // of the one that was dropped last
};

}  // namespace evlog

#endif  // EVLOG_EMBEDDED_STREAM_ROUTE_H_
