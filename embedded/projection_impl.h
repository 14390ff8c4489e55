// How a projection runs: a cursor, a batch of what was handled, and the commit of both.
#ifndef EVLOG_EMBEDDED_PROJECTION_IMPL_H_
#define EVLOG_EMBEDDED_PROJECTION_IMPL_H_

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "embedded/projection_fence.h"
#include "embedded/projection_rows.h"
#include "evlog/event_log.h"
#include "evlog/projection.h"
#include "log/base/bytes.h"
#include "log/base/mutex.h"

namespace evlog {

// What handlers did since the last commit. Used by one thread.
class ProjectionBatch::Impl {
 public:
  Impl(EventLog* log, std::string space) : log_(log), space_(std::move(space)) {}

  absl::StatusOr<std::optional<std::string>> Get(std::string_view key);
  void Set(std::string_view key, std::optional<std::string> value);
  absl::Status Append(const Stream& stream, Fields fields, const AppendOptions& options);

  // About what it takes in memory and in the commit.
  size_t bytes() const { return bytes_; }
  // What it did, to be committed; it is empty again.
  Transaction Take();
  void Clear() { Take(); }

 private:
  struct Value {
    std::optional<std::string> value;
    bool changed = false;  // else it was only read
  };

  EventLog* const log_;
  const std::string space_;
  absl::flat_hash_map<std::string, Value, TransparentHash, std::equal_to<>> values_;
  Transaction appends_;
  size_t bytes_ = 0;
};

class Projection::Impl {
 public:
  // `log`: a handle of its own on the database.
  Impl(std::unique_ptr<EventLog> log, std::shared_ptr<ProjectionFence> fence,
       ProjectionOptions options, ProjectionHandler handler);
  ~Impl();

  // Once, before all else. Errors: as EventLog::OpenProjection.
  absl::Status Open() ABSL_LOCKS_EXCLUDED(run_mu_);
  absl::StatusOr<uint64_t> RunOnce(const std::stop_token& stop) ABSL_LOCKS_EXCLUDED(run_mu_);
  absl::Status Run(absl::Time deadline, const std::stop_token& stop) ABSL_LOCKS_EXCLUDED(run_mu_);
  ProjectionRecord record() const ABSL_LOCKS_EXCLUDED(record_mu_);

 private:
  absl::Status RunUntilDone(absl::Time deadline, const std::stop_token& stop, bool follow)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(run_mu_);
  absl::Status CatchUp(const std::stop_token& stop) ABSL_EXCLUSIVE_LOCKS_REQUIRED(run_mu_);
  absl::Status Load() ABSL_EXCLUSIVE_LOCKS_REQUIRED(run_mu_);
  absl::Status Handle(const ChunkView& view, const std::stop_token& stop)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(run_mu_);
  absl::Status Flush(const Position& position) ABSL_EXCLUSIVE_LOCKS_REQUIRED(run_mu_);
  absl::Status Commit(const Position& position) ABSL_EXCLUSIVE_LOCKS_REQUIRED(run_mu_);
  absl::Status Promote() ABSL_EXCLUSIVE_LOCKS_REQUIRED(run_mu_);
  absl::Status RemoveOld() ABSL_EXCLUSIVE_LOCKS_REQUIRED(run_mu_);
  absl::StatusOr<uint64_t> Current() { return FindCurrentVersion(*log_, options_.name); }

  const std::unique_ptr<EventLog> log_;
  const std::shared_ptr<ProjectionFence> fence_;
  const ProjectionOptions options_;
  bool entered_ = false;

  Mutex run_mu_;  // held while it runs
  ProjectionHandler handler_ ABSL_GUARDED_BY(run_mu_);
  ProjectionBatch::Impl batch_ ABSL_GUARDED_BY(run_mu_);
  std::optional<Cursor> cursor_ ABSL_GUARDED_BY(run_mu_);  // none: to be begun at the record
  uint64_t pending_ ABSL_GUARDED_BY(run_mu_) = 0;          // entries in the batch
  Position handled_ ABSL_GUARDED_BY(run_mu_);              // after the last one of them
  bool current_ ABSL_GUARDED_BY(run_mu_) = false;          // this version is the current one

  mutable Mutex record_mu_;
  ProjectionRecord record_ ABSL_GUARDED_BY(record_mu_);  // as it was committed
};

}  // namespace evlog

#endif  // EVLOG_EMBEDDED_PROJECTION_IMPL_H_
