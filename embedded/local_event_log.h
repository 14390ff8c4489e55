// EventLog over a log of this process.
#ifndef EVLOG_EMBEDDED_LOCAL_EVENT_LOG_H_
#define EVLOG_EMBEDDED_LOCAL_EVENT_LOG_H_

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "evlog/event_log.h"
#include "log/log.h"

namespace evlog {

class LocalEventLog : public EventLog {
 public:
  explicit LocalEventLog(std::shared_ptr<Log> log) : log_(std::move(log)) {}
  ~LocalEventLog() override;

  absl::StatusOr<Stream> OpenStream(std::string_view name, const StreamOptions& options,
                                    IfMissing if_missing) override;
  absl::StatusOr<Stream> CreateStream(std::string_view name, const StreamOptions& options) override;
  absl::StatusOr<Cursor> Read(const ReadRequest& request) override;
  absl::StatusOr<std::vector<StreamInfo>> ListStreams(const ListOptions& options) override;
  absl::StatusOr<StreamInfo> DescribeStream(std::string_view name) override;
  absl::Status Sync() override;
  absl::Status Health() override;
  absl::Status Reopen() override;
  absl::Status Close() override;

 private:
  const std::shared_ptr<Log> log_;  // shared with cursors
};

// Open and OpenReadOnly on another file system, for tests of failure.
absl::StatusOr<std::unique_ptr<EventLog>> OpenOn(StoreEnvironment environment,
                                                 std::string_view directory,
                                                 const OpenOptions& options);
absl::StatusOr<std::unique_ptr<EventLog>> OpenReadOnlyOn(StoreEnvironment environment,
                                                         std::string_view directory,
                                                         const ReadOnlyOptions& options);

}  // namespace evlog

#endif  // EVLOG_EMBEDDED_LOCAL_EVENT_LOG_H_
