#include "cli/top/local_source.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

std::optional<absl::Duration> LagAge(const GroupDescription& group) {
  return group.lag == 0 ? std::nullopt : std::optional(group.lag_age);
}

// The space that a log takes is looked for this often at most: that reads its write-ahead log.
constexpr absl::Duration kSpaceInterval = absl::Seconds(10);

class LocalSource : public TopSource {
 public:
  LocalSource(const Environment& env, TopOptions options, OpenedLog log)
      : clock_(env.clock), directory_(env.at), options_(std::move(options)), log_(std::move(log)) {}

  std::string place() const override { return directory_; }

  absl::StatusOr<TopSnapshot> Look() override {
    TopSnapshot snapshot;
    snapshot.time = clock_->Now();
    for (int database = 0; database < static_cast<int>(kDatabases); ++database) {
      if (options_.database.value_or(database) != database) continue;
      ASSIGN_OR_RETURN(const std::unique_ptr<EventLog> part, log_->InDatabase(database));
      RETURN_IF_ERROR(AddStreams(*part, database, &snapshot));
    }
    if (snapshot.time >= space_at_ + kSpaceInterval) {
      ASSIGN_OR_RETURN(const LogInfo info, log_->Describe());
      space_.table_bytes = info.disk_bytes;
      space_.garbage_bytes = info.garbage_bytes;
      space_.written_commit = info.written_commit;
      space_.synced_commit = info.synced_commit;
      space_at_ = snapshot.time;
    }
    snapshot.log = space_;
    std::error_code error;
    const std::filesystem::space_info disk = std::filesystem::space(directory_, error);
    if (!error) snapshot.log->disk_free_bytes = disk.available;
    return snapshot;
  }

 private:
  absl::Status AddStreams(EventLog& log, int database, TopSnapshot* snapshot) const {
    ListOptions list;
    list.pattern = options_.pattern;
    list.limit = kTopStreams - snapshot->streams.size() + 1;
    ASSIGN_OR_RETURN(const std::vector<StreamInfo> streams, log.ListStreams(list));
    for (const StreamInfo& info : streams) {
      if (snapshot->streams.size() == kTopStreams) {
        snapshot->more_streams = true;
        break;
      }
      uint64_t appended = 0;
      for (const PartitionInfo& partition : info.partitions) appended += partition.next_offset;
      snapshot->streams.push_back({database, info.name, info.entries, appended, info.bytes});
      // What is dropped meanwhile is not there.
      const absl::Status added = AddGroups(log, database, info.name, snapshot);
      if (!absl::IsNotFound(added)) RETURN_IF_ERROR(added);
    }
    return absl::OkStatus();
  }

  static absl::Status AddGroups(EventLog& log, int database, const std::string& stream,
                                TopSnapshot* snapshot) {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, log.ListGroups(stream));
    for (const std::string& name : names) {
      ASSIGN_OR_RETURN(Group group, log.OpenGroup(stream, name));
      ASSIGN_OR_RETURN(const GroupDescription is, group.Describe());
      snapshot->groups.push_back({database, stream, name, is.lag, LagAge(is), is.pending,
                                  is.entries_read, is.consumers.size()});
    }
    return absl::OkStatus();
  }

  Clock* const clock_;
  const std::string directory_;
  const TopOptions options_;
  const OpenedLog log_;
  TopLog space_;
  absl::Time space_at_ = absl::InfinitePast();
};

}  // namespace

absl::StatusOr<std::unique_ptr<TopSource>> OpenLocalTop(const Environment& env,
                                                        const TopOptions& options) {
  ASSIGN_OR_RETURN(OpenedLog log, OpenForReading(env));
  return std::make_unique<LocalSource>(env, options, std::move(log));
}

}  // namespace evlog::cli
