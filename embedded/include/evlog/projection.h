// Projections: what entries add up to, kept beside the log, each entry counted exactly once.
//
//   auto totals = log->OpenProjection(
//       {.name = "totals", .pattern = "order-*"},
//       [](const evlog::ProjectedEntry& seen, evlog::ProjectionBatch& state) -> absl::Status {
//         auto before = state.Get(seen.stream);
//         if (!before.ok()) return before.status();
//         state.Put(seen.stream, std::to_string(std::stoi(before->value_or("0")) + 1));
//         return absl::OkStatus();
//       });
//   if (!totals.ok()) return totals.status();
//   absl::Status status = totals->Run();  // until it is stopped, or meets an error
//
// A projection reads the streams of a pattern in commit order. Its state (keys and values, any
// bytes) and how far it has come are committed together, so after a crash, at any moment, the state
// is that of the entries up to there. docs/projections.md has the guarantees, an example that
// grows, and what it costs.
#ifndef EVLOG_PROJECTION_H_
#define EVLOG_PROJECTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "evlog/append.h"
#include "evlog/entry.h"
#include "evlog/position.h"
#include "evlog/stream.h"

namespace evlog {

class EventLog;
struct StateOptions;

inline constexpr size_t kProjectionNameBytesMax = 256;

struct ProjectionOptions {
  // 1..kProjectionNameBytesMax bytes without a zero byte, of one database.
  std::string name;
  // From 1. A handler that computes something else is another version: it begins at the first
  // entry, in a space of its own, while the one before goes on answering; once it has caught up it
  // is the current one.
  uint64_t version = 1;
  // The streams, as in ReadRequest::pattern. Part of the version: to change it is another one.
  std::string pattern = "*";
  // What was handled is committed after so many entries, or when state and appends take so many
  // bytes, and whenever the projection has caught up.
  uint64_t commit_entries = 1000;
  size_t commit_bytes = size_t{1} << 20;
  // What each of its commits waits for: at least kOs. A power loss may take the newest ones away,
  // state and position together, so that less than kSync loses time and never an entry.
  Durability durability = Durability::kOs;
};

// An entry as a handler gets it; valid during the call.
struct ProjectedEntry {
  std::string_view stream;
  const EntryView& entry;
};

// What a handler reads and changes. Nothing of it happens before the commit; the handler sees what
// it changed.
class ProjectionBatch {
 public:
  // State of this version of the projection. Errors: those of the store.
  absl::StatusOr<std::optional<std::string>> Get(std::string_view key);
  void Put(std::string_view key, std::string_view value);
  void Delete(std::string_view key);

  // Appends to a stream of the same log, in the same commit. The pattern should not match it, or
  // the projection feeds itself. Errors: as Transaction::Append. An expectation that fails is
  // answered by the commit, and stops the projection.
  absl::Status Append(const Stream& stream, Fields fields, const AppendOptions& options = {});

 private:
  friend class Projection;
  class Impl;
  explicit ProjectionBatch(Impl* impl) : impl_(impl) {}
  Impl* impl_;
};

// An error stops the projection, with nothing committed of the batch that the entry was in: those
// before it in the batch are handled again at the next run. It must do nothing outside of the batch
// that may not happen twice.
using ProjectionHandler =
    absl::AnyInvocable<absl::Status(const ProjectedEntry& seen, ProjectionBatch& batch)>;

// One version of a projection, run by one thread at a time. Move-only. Keeps the log's files open
// until it is destroyed.
class Projection {
 public:
  class Impl;

  explicit Projection(std::unique_ptr<Impl> impl);
  Projection(Projection&&) noexcept;
  Projection& operator=(Projection&&) noexcept;
  ~Projection();

  // Handles all that readers see, and returns how many entries that were. A stop ends it early,
  // with all that was handled committed. A version that has caught up becomes the current one, and
  // the state of those before it is removed, some thousand keys at a time.
  //
  // Errors; nothing of the unfinished batch is committed, and it may be called again:
  //   of the handler      its code and message, with the stream and the id of the entry before it
  //   FAILED_PRECONDITION a later version is the current one; the log is closed or latched; another
  //                       thread runs it
  //   INVALID_ARGUMENT    a batch past Limits::batch_bytes: lower commit_bytes
  //   ABORTED             an expectation of an append failed
  //   those of Cursor::Next and EventLog::Commit
  absl::StatusOr<uint64_t> RunOnce(std::stop_token stop = {});

  // The same, and then waits for more: until a stop, or until `deadline` (by the log's clock) finds
  // it waiting. Both are OK, with all that was handled committed. Errors: as RunOnce.
  absl::Status Run(absl::Time deadline = absl::InfiniteFuture(), std::stop_token stop = {});

  // How far its last commit came, and how many entries it has handled since the first one.
  Position position() const;
  uint64_t entries() const;

 private:
  std::unique_ptr<Impl> impl_;
};

// ---- For who reads what a projection made, on any EventLog, read-only ones included.

// State of the current version; nullopt when there is no such key. Errors: NOT_FOUND as long as no
// version has caught up for the first time; those of the store.
absl::StatusOr<std::optional<std::string>> GetProjected(EventLog& log, std::string_view name,
                                                        std::string_view key);
// Keys and values, in byte order of the keys: of one version, but as it changes meanwhile.
absl::StatusOr<std::vector<std::pair<std::string, std::string>>> ListProjected(
    EventLog& log, std::string_view name, const StateOptions& options);

// A version that there is.
struct ProjectionInfo {
  uint64_t version = 0;
  bool current = false;
  std::string pattern;
  Position position;
  uint64_t entries = 0;  // handled
  // 0: nothing is left to be handled. Else at most so many commits may concern it.
  uint64_t lag_commits = 0;
};
// By version. Reads over what is left of other streams' rows to the next entry of each one.
absl::StatusOr<std::vector<ProjectionInfo>> DescribeProjection(EventLog& log,
                                                               std::string_view name);

}  // namespace evlog

#endif  // EVLOG_PROJECTION_H_
