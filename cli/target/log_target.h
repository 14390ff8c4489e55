// What the verbs do with a log, wherever it is: in a directory, or behind a server that speaks
// Redis' protocol. As wide as the verbs need.
//
// Signatures and errors are those of EventLog, Stream and Group (evlog/event_log.h, evlog/group.h).
// What only one of both can do is refused before it comes here (cli/target/refusals.h).
#ifndef EVLOG_CLI_TARGET_LOG_TARGET_H_
#define EVLOG_CLI_TARGET_LOG_TARGET_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/entry_appender.h"
#include "cli/target/entry_source.h"
#include "evlog/event_log.h"

namespace evlog::cli {

// How many entries were trimmed or would be, and what they took, where that is known.
struct Trimmed {
  uint64_t entries = 0;
  std::optional<uint64_t> bytes;
};

// A stream to make. What is not said is as the log, or the server, has it.
struct NewStream {
  std::optional<uint32_t> partitions;
  StreamChanges settings;
};

// A group to make.
struct NewGroup {
  GroupOptions options;
  bool options_given = false;     // some of them
  bool durability_given = false;  // that one
  bool create_stream = false;     // when it is missing
};

// A stream to change.
class TargetStream {
 public:
  virtual ~TargetStream() = default;

  virtual absl::StatusOr<AppendResult> Append(Fields fields, const AppendOptions& options) = 0;
  // Appends many. Must not outlive this, nor anything else of the target be used meanwhile.
  virtual std::unique_ptr<EntryAppender> AppendMany(const BulkOptions& options) = 0;
  virtual absl::StatusOr<Ticket> Schedule(Fields fields, absl::Time at,
                                          const ScheduleOptions& options) = 0;
  virtual absl::StatusOr<Trimmed> Trim(const TrimOptions& options) = 0;
  // How many of them were there.
  virtual absl::StatusOr<uint64_t> Delete(std::span<const EntryId> ids, References references) = 0;
  // Nullopt: it does not say.
  virtual std::optional<StreamOptions> options() const = 0;
};

// Entries that a consumer was handed, by runs; and by what they are acknowledged.
struct HandedOut {
  std::vector<Delivery> runs;
  uint64_t entries = 0;
  Receipt receipt;           // of a directory
  std::vector<EntryId> ids;  // of a server
};

// What a claim took over.
struct TakenOver {
  HandedOut taken;
  std::vector<EntryId> gone;
  EntryId next;
};

class TargetGroup {
 public:
  virtual ~TargetGroup() = default;

  virtual absl::StatusOr<HandedOut> Read(std::string_view consumer,
                                         const GroupReadOptions& options) = 0;
  virtual absl::Status AckRead(const HandedOut& handed) = 0;
  virtual absl::StatusOr<uint64_t> Ack(std::span<const EntryId> ids) = 0;
  // Counts those that were deleted.
  virtual absl::StatusOr<uint64_t> AckDelete(std::span<const EntryId> ids,
                                             References references) = 0;
  virtual absl::StatusOr<uint64_t> Nack(std::span<const EntryId> ids,
                                        const NackOptions& options) = 0;
  virtual absl::StatusOr<uint64_t> DeadLetter(std::span<const EntryId> ids) = 0;
  virtual absl::StatusOr<TakenOver> Claim(std::string_view consumer, std::span<const EntryId> ids,
                                          const ClaimOptions& options) = 0;
  virtual absl::StatusOr<TakenOver> AutoClaim(std::string_view consumer, EntryId from,
                                              uint64_t count, const ClaimOptions& options) = 0;
  virtual absl::StatusOr<std::vector<PendingEntry>> ListPending(const PendingFilter& filter) = 0;
  virtual absl::Status AddConsumer(std::string_view consumer) = 0;
  virtual absl::StatusOr<uint64_t> RemoveConsumer(std::string_view consumer, bool forget) = 0;
  virtual absl::Status Seek(const Bound& to, bool forget) = 0;
  virtual absl::StatusOr<GroupDescription> Describe() = 0;
  virtual absl::Status Alter(const GroupOptions& options) = 0;
};

class LogTarget {
 public:
  virtual ~LogTarget() = default;

  // Whether it tells how streams and groups are set up, their sizes, offsets and partitions. Of a
  // server, where it can be asked.
  virtual bool tells_settings() = 0;

  virtual absl::StatusOr<std::unique_ptr<TargetStream>> OpenStream(std::string_view name,
                                                                   const StreamOptions& options,
                                                                   IfMissing if_missing) = 0;
  virtual absl::Status CreateStream(std::string_view name, const NewStream& stream) = 0;
  virtual absl::Status AlterStream(std::string_view name, const StreamChanges& changes) = 0;
  virtual absl::Status RenameStream(std::string_view from, std::string_view to, bool replace) = 0;
  virtual absl::Status CopyStream(std::string_view from, std::string_view to,
                                  const CopyOptions& options) = 0;
  virtual absl::Status DropStream(std::string_view name) = 0;
  virtual absl::StatusOr<std::vector<StreamInfo>> ListStreams(const ListOptions& options) = 0;
  virtual absl::StatusOr<StreamInfo> DescribeStream(std::string_view name) = 0;
  // The same log with another database.
  virtual absl::StatusOr<std::unique_ptr<LogTarget>> InDatabase(int database) = 0;

  // A source that follows may take an `until` as an end of what is there now only.
  virtual absl::StatusOr<std::unique_ptr<EntrySource>> Read(const ReadRequest& request,
                                                            const std::stop_token& stop) = 0;

  virtual absl::Status CreateGroup(std::string_view stream, std::string_view name,
                                   const NewGroup& group, const Bound& from) = 0;
  virtual absl::StatusOr<std::unique_ptr<TargetGroup>> OpenGroup(std::string_view stream,
                                                                 std::string_view name) = 0;
  virtual absl::Status DestroyGroup(std::string_view stream, std::string_view name) = 0;
  virtual absl::StatusOr<std::vector<std::string>> ListGroups(std::string_view stream) = 0;

  virtual absl::Status AddRoute(const Route& route) = 0;
  virtual absl::Status RemoveRoute(std::string_view pattern, std::string_view stream) = 0;
  virtual absl::StatusOr<std::vector<Route>> ListRoutes() = 0;

  // A name of a stream that stays with it, for checkpoints. Errors: NOT_FOUND.
  virtual absl::StatusOr<std::string> Identify(const StreamInfo& stream) = 0;

  // Ends its use: what is to be written is. `removed`: it was changed so that space comes back.
  virtual absl::Status Finish(bool removed) = 0;

  // What only a directory has; null otherwise.
  virtual EventLog* local() = 0;
};

}  // namespace evlog::cli

#endif  // EVLOG_CLI_TARGET_LOG_TARGET_H_
