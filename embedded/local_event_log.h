// EventLog over a log of this process.
#ifndef EVLOG_EMBEDDED_LOCAL_EVENT_LOG_H_
#define EVLOG_EMBEDDED_LOCAL_EVENT_LOG_H_

#include <memory>
#include <optional>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "embedded/log_channels.h"
#include "embedded/log_groups.h"
#include "embedded/projection_fence.h"
#include "evlog/event_log.h"
#include "log/log.h"

namespace evlog {

class LocalEventLog : public EventLog {
 public:
  // What belongs to a log and all of its databases.
  struct Shared {
    explicit Shared(const std::shared_ptr<Log>& log) : channels(log), groups(log) {}

    LogChannels channels;
    LogGroups groups;
    ProjectionFences fences;
  };

  // A database by its home (log/databases.h), whichever number it has.
  struct Home {
    uint8_t home = 0;
  };

  // `owner`: closes the log at its end.
  LocalEventLog(std::shared_ptr<Log> log, std::shared_ptr<Shared> shared, uint8_t database,
                bool owner)
      : log_(std::move(log)), shared_(std::move(shared)), database_(database), owner_(owner) {}
  LocalEventLog(std::shared_ptr<Log> log, std::shared_ptr<Shared> shared, Home home)
      : log_(std::move(log)), shared_(std::move(shared)), pinned_(home.home), owner_(false) {}
  ~LocalEventLog() override;

  absl::StatusOr<Stream> OpenStream(std::string_view name, const StreamOptions& options,
                                    IfMissing if_missing) override;
  absl::StatusOr<Stream> CreateStream(std::string_view name, const StreamOptions& options) override;
  absl::Status DropStream(std::string_view name) override;
  absl::Status RenameStream(std::string_view from, std::string_view to, bool replace) override;
  absl::Status MoveStream(std::string_view name, int database) override;
  absl::Status CopyStream(std::string_view from, std::string_view to,
                          const CopyOptions& options) override;
  absl::Status AlterStream(std::string_view name, const StreamChanges& changes) override;
  absl::Status SetLastId(std::string_view name, EntryId last_id,
                         const LastIdOptions& options) override;
  absl::Status SwapDatabases(int a, int b) override;
  absl::StatusOr<CommitResult> Commit(Transaction&& transaction,
                                      std::optional<Durability> durability) override;
  absl::StatusOr<std::vector<ScheduledAppend>> ListScheduled(
      const ScheduledFilter& filter) override;
  absl::Status CancelScheduled(const Ticket& ticket) override;
  absl::StatusOr<Projection> OpenProjection(const ProjectionOptions& options,
                                            ProjectionHandler handler) override;
  absl::StatusOr<Group> CreateGroup(std::string_view stream, std::string_view name,
                                    const GroupOptions& options, const Bound& from) override;
  absl::StatusOr<Group> OpenGroup(std::string_view stream, std::string_view name,
                                  const std::optional<GroupOptions>& if_missing = std::nullopt,
                                  const Bound& from = Bound::Begin()) override;
  absl::Status DestroyGroup(std::string_view stream, std::string_view name) override;
  absl::StatusOr<std::vector<std::string>> ListGroups(std::string_view stream) override;
  absl::StatusOr<std::optional<std::string>> GetState(std::string_view space,
                                                      std::string_view key) override;
  absl::StatusOr<std::vector<std::pair<std::string, std::string>>> ListState(
      std::string_view space, const StateOptions& options) override;
  absl::StatusOr<std::unique_ptr<EventLog>> InDatabase(int database) override;
  absl::StatusOr<Cursor> Read(const ReadRequest& request) override;
  absl::StatusOr<std::vector<StreamInfo>> ListStreams(const ListOptions& options) override;
  absl::StatusOr<StreamInfo> DescribeStream(std::string_view name) override;
  absl::StatusOr<Watch> OnNamesChanged(NamesCallback changed) override;
  absl::Status Maintain() override;
  absl::StatusOr<LogInfo> Describe() override;
  absl::StatusOr<BackupInfo> BackUp(std::string_view target, const BackupOptions& options) override;
  Channels& channels() override { return shared_->channels.channels(); }
  absl::Status AddRoute(const Route& route) override;
  absl::Status RemoveRoute(std::string_view pattern, std::string_view stream) override;
  absl::StatusOr<std::vector<Route>> ListRoutes() override;
  absl::Status Sync() override;
  absl::Status Health() override;
  absl::Status Reopen() override;
  absl::Status Close() override;

 private:
  uint8_t HomeOf(int database) const {
    return log_->databases().HomeOf(static_cast<uint8_t>(database));
  }
  // What the log calls this database now.
  uint8_t home() const { return pinned_ ? *pinned_ : HomeOf(database_); }
  Stream Handle(std::string_view name, std::shared_ptr<StreamState> state) const;
  // `look`s at what is known of the stream's groups, which is as the store has it.
  absl::Status LookAtGroups(const std::shared_ptr<StreamState>& stream,
                            absl::FunctionRef<absl::Status(GroupTable& table)> look) const;
  absl::StatusOr<Group> FindGroup(std::string_view stream, std::string_view name) const;
  Group GroupHandle(std::string_view stream, std::string_view name,
                    std::shared_ptr<LoadedGroup> group) const;
  absl::Status RefuseReadOnly() const;

  const std::shared_ptr<Log> log_;  // shared with cursors
  const std::shared_ptr<Shared> shared_;
  const uint8_t database_ = 0;
  const std::optional<uint8_t> pinned_;
  const bool owner_;
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
