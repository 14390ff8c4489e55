#include "embedded/local_event_log.h"

#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "embedded/cursor_impl.h"
#include "embedded/group_impl.h"
#include "embedded/projection_impl.h"
#include "embedded/stream_impl.h"
#include "embedded/transaction_data.h"
#include "embedded/watch_impl.h"
#include "log/base/status.h"

namespace evlog {

namespace {

absl::Status NoDatabase(int database) {
  return InvalidArgument("database is {}; it must be in 0..{}", database, kDatabases - 1);
}

}  // namespace

LocalEventLog::~LocalEventLog() {
  if (owner_) log_->Close().IgnoreError();
}

absl::StatusOr<Stream> LocalEventLog::OpenStream(std::string_view name,
                                                 const StreamOptions& options,
                                                 IfMissing if_missing) {
  RETURN_IF_ERROR(log_->CatchUpReadOnly());
  if (if_missing == IfMissing::kError) {
    ASSIGN_OR_RETURN(std::shared_ptr<StreamState> state, log_->catalog().Find(home(), name));
    return Handle(name, std::move(state));
  }
  ASSIGN_OR_RETURN(Catalog::Found found, log_->catalog().FindOrCreate(home(), name, options));
  return Handle(name, std::move(found.stream));
}

Stream LocalEventLog::Handle(std::string_view name, std::shared_ptr<StreamState> state) const {
  return Stream(std::make_shared<Stream::Impl>(
      Stream::Impl{std::string(name), log_, std::shared_ptr<LogGroups>(shared_, &shared_->groups),
                   std::move(state)}));
}

absl::StatusOr<Stream> LocalEventLog::CreateStream(std::string_view name,
                                                   const StreamOptions& options) {
  ASSIGN_OR_RETURN(Catalog::Found found, log_->catalog().FindOrCreate(home(), name, options));
  if (!found.created) {
    return Error(absl::StatusCode::kAlreadyExists, "there is a stream {} already", Quoted(name));
  }
  if (options.durability == Durability::kSync) RETURN_IF_ERROR(log_->Sync());
  return Handle(name, std::move(found.stream));
}

absl::Status LocalEventLog::DropStream(std::string_view name) {
  ASSIGN_OR_RETURN(const bool sync, log_->Drop({home(), name}));
  return sync ? log_->Sync() : absl::OkStatus();
}

absl::Status LocalEventLog::RenameStream(std::string_view from, std::string_view to, bool replace) {
  const uint8_t at = home();
  ASSIGN_OR_RETURN(const bool sync, log_->Rename({at, from}, {at, to}, replace));
  return sync ? log_->Sync() : absl::OkStatus();
}

absl::Status LocalEventLog::MoveStream(std::string_view name, int database) {
  if (database < 0 || database >= kDatabases) return NoDatabase(database);
  ASSIGN_OR_RETURN(const bool sync, log_->Rename({home(), name}, {HomeOf(database), name},
                                                 /*replace=*/false));
  return sync ? log_->Sync() : absl::OkStatus();
}

absl::Status LocalEventLog::CopyStream(std::string_view from, std::string_view to,
                                       const CopyOptions& options) {
  const uint8_t from_home = home();
  uint8_t to_home = from_home;
  if (options.database) {
    if (*options.database < 0 || *options.database >= kDatabases) {
      return NoDatabase(*options.database);
    }
    to_home = HomeOf(*options.database);
  }
  const auto add_groups = [this](const std::shared_ptr<StreamState>& stream,
                                 const StreamState& copy, const std::vector<PartitionTail>& tails,
                                 Request* request) {
    std::vector<GroupPosition> ends;
    for (const PartitionTail& tail : tails) ends.push_back({tail.next_offset, tail.last_id});
    return shared_->groups.table().Copy(stream, copy, ends, request);
  };
  ASSIGN_OR_RETURN(const bool sync, log_->Copy({from_home, from}, {to_home, to}, options.replace,
                                               options.stop, options.progress, add_groups));
  return sync ? log_->Sync() : absl::OkStatus();
}

absl::Status LocalEventLog::AlterStream(std::string_view name, const StreamChanges& changes) {
  ASSIGN_OR_RETURN(const bool sync, log_->Alter({home(), name}, changes));
  return sync ? log_->Sync() : absl::OkStatus();
}

absl::Status LocalEventLog::SetLastId(std::string_view name, EntryId last_id,
                                      const LastIdOptions& options) {
  ASSIGN_OR_RETURN(const bool sync, log_->SetLastId({home(), name}, last_id, options));
  return sync ? log_->Sync() : absl::OkStatus();
}

absl::Status LocalEventLog::SwapDatabases(int a, int b) {
  for (const int database : {a, b}) {
    if (database < 0 || database >= kDatabases) return NoDatabase(database);
  }
  return log_->SwapDatabases(static_cast<uint8_t>(a), static_cast<uint8_t>(b));
}

absl::StatusOr<CommitResult> LocalEventLog::Commit(Transaction&& transaction,
                                                   std::optional<Durability> durability) {
  const Transaction taken = std::move(transaction);
  if (taken.data_ == nullptr) return CommitResult();
  Transaction::Data& data = *taken.data_;
  for (const std::shared_ptr<Stream::Impl>& stream : data.streams) {
    if (stream->log.lock() != log_) {
      return InvalidArgument("stream {} of the transaction belongs to another log",
                             Quoted(stream->name));
    }
  }
  for (const std::weak_ptr<Log>& log : data.ack_logs) {
    if (log.lock() != log_) {
      return InvalidArgument("a group of the transaction belongs to another log");
    }
  }
  std::vector<Row> rows;
  for (Transaction::Change& change : data.changes) {
    if (change.space.size() > kStateSpaceBytesMax || change.key.size() > kStateKeyBytesMax) {
      return InvalidArgument("state {} of space {}: at most {} and {} bytes are possible",
                             Quoted(change.key), Quoted(change.space), kStateKeyBytesMax,
                             kStateSpaceBytesMax);
    }
    rows.push_back({Family::kState, EncodeStateKey(home(), change.space, change.key),
                    std::move(change.value)});
  }
  CommitResult result;
  Log::RunRequest run;
  if (!data.acks.empty()) {
    run = [&](Request* request) {
      return CommitWithAcks(std::move(data.acks), &log_->committer(), request,
                            &result.acknowledged);
    };
  }
  ASSIGN_OR_RETURN(const Log::Committed committed,
                   log_->Commit({std::make_move_iterator(data.work.begin()),
                                 std::make_move_iterator(data.work.end())},
                                std::move(rows), durability, run));
  result.position = committed.position;
  for (size_t i = 0; i < committed.appends.size(); ++i) {
    if (data.appends[i]) result.appends.push_back(committed.appends[i]);
  }
  return result;
}

absl::StatusOr<std::vector<ScheduledAppend>> LocalEventLog::ListScheduled(
    const ScheduledFilter& filter) {
  return log_->ListScheduled(home(), filter);
}

absl::Status LocalEventLog::CancelScheduled(const Ticket& ticket) {
  ASSIGN_OR_RETURN(const bool sync, log_->CancelScheduled(home(), ticket));
  return sync ? log_->Sync() : absl::OkStatus();
}

absl::StatusOr<Projection> LocalEventLog::OpenProjection(const ProjectionOptions& options,
                                                         ProjectionHandler handler) {
  RETURN_IF_ERROR(CheckProjectionName(options.name));
  if (options.version == 0) return InvalidArgument("versions of a projection begin with 1");
  if (options.commit_entries == 0 || options.commit_bytes == 0) {
    return InvalidArgument("commit_entries and commit_bytes must be above 0");
  }
  if (options.durability == Durability::kAsync) {
    return InvalidArgument("the durability of a projection must be `os` or `sync`");
  }
  RETURN_IF_ERROR(RefuseReadOnly());
  // Where its state is, it goes on, also when databases are exchanged.
  const uint8_t at = home();
  auto impl = std::make_unique<Projection::Impl>(
      std::make_unique<LocalEventLog>(log_, shared_, Home{at}),
      shared_->fences.Of(at, options.name), options, std::move(handler));
  RETURN_IF_ERROR(impl->Open());
  return Projection(std::move(impl));
}

absl::Status LocalEventLog::RefuseReadOnly() const {
  if (!log_->read_only()) return absl::OkStatus();
  return absl::FailedPreconditionError("the log is open for reading only");
}

Group LocalEventLog::GroupHandle(std::string_view stream, std::string_view name,
                                 std::shared_ptr<LoadedGroup> group) const {
  return Group(std::make_shared<Group::Impl>(
      Group::Impl{std::string(name), std::string(stream), log_,
                  std::shared_ptr<LogGroups>(shared_, &shared_->groups), std::move(group)}));
}

absl::StatusOr<Group> LocalEventLog::CreateGroup(std::string_view stream, std::string_view name,
                                                 const GroupOptions& options, const Bound& from) {
  RETURN_IF_ERROR(RefuseReadOnly());
  ASSIGN_OR_RETURN(const Catalog::Found found, log_->catalog().FindOrCreate(home(), stream, {}));
  ASSIGN_OR_RETURN(std::shared_ptr<LoadedGroup> group,
                   shared_->groups.table().Create(found.stream, name, options, from));
  return GroupHandle(stream, name, std::move(group));
}

absl::StatusOr<Group> LocalEventLog::OpenGroup(std::string_view stream, std::string_view name,
                                               const std::optional<GroupOptions>& if_missing,
                                               const Bound& from) {
  // Others make and destroy groups meanwhile: what each step finds is as of then.
  for (;;) {
    absl::StatusOr<Group> found = FindGroup(stream, name);
    if (!if_missing.has_value() || !absl::IsNotFound(found.status())) return found;
    absl::StatusOr<Group> made = CreateGroup(stream, name, *if_missing, from);
    if (!absl::IsAlreadyExists(made.status())) return made;
  }
}

absl::Status LocalEventLog::LookAtGroups(
    const std::shared_ptr<StreamState>& stream,
    absl::FunctionRef<absl::Status(GroupTable& table)> look) const {
  return log_->LookTogether(stream.get(), [&]() -> absl::Status {
    GroupTable& table = shared_->groups.table();
    if (log_->read_only()) RETURN_IF_ERROR(table.Reload(stream->id()));
    return look(table);
  });
}

absl::StatusOr<Group> LocalEventLog::FindGroup(std::string_view stream,
                                               std::string_view name) const {
  RETURN_IF_ERROR(log_->CatchUpReadOnly());
  ASSIGN_OR_RETURN(const std::shared_ptr<StreamState> state, log_->catalog().Find(home(), stream));
  std::shared_ptr<LoadedGroup> group;
  RETURN_IF_ERROR(LookAtGroups(state, [&](GroupTable& table) -> absl::Status {
    ASSIGN_OR_RETURN(group, table.Find(state, name));
    return absl::OkStatus();
  }));
  return GroupHandle(stream, name, std::move(group));
}

absl::Status LocalEventLog::DestroyGroup(std::string_view stream, std::string_view name) {
  RETURN_IF_ERROR(RefuseReadOnly());
  ASSIGN_OR_RETURN(const std::shared_ptr<StreamState> state, log_->catalog().Find(home(), stream));
  return shared_->groups.table().Destroy(state, name);
}

absl::StatusOr<std::vector<std::string>> LocalEventLog::ListGroups(std::string_view stream) {
  RETURN_IF_ERROR(log_->CatchUpReadOnly());
  ASSIGN_OR_RETURN(const std::shared_ptr<StreamState> state, log_->catalog().Find(home(), stream));
  std::vector<std::string> names;
  RETURN_IF_ERROR(LookAtGroups(state, [&](GroupTable& table) -> absl::Status {
    ASSIGN_OR_RETURN(names, table.List(*state));
    return absl::OkStatus();
  }));
  return names;
}

absl::StatusOr<std::optional<std::string>> LocalEventLog::GetState(std::string_view space,
                                                                   std::string_view key) {
  RETURN_IF_ERROR(log_->CatchUpReadOnly());
  return log_->store().Get(Family::kState, EncodeStateKey(home(), space, key));
}

absl::StatusOr<std::vector<std::pair<std::string, std::string>>> LocalEventLog::ListState(
    std::string_view space, const StateOptions& options) {
  RETURN_IF_ERROR(log_->CatchUpReadOnly());
  std::vector<std::pair<std::string, std::string>> found;
  StoreIterator rows =
      log_->store().Scan(Family::kState, StateRange(home(), space, options.prefix, options.after));
  for (rows.SeekToFirst(); rows.Valid() && found.size() < options.limit; rows.Next()) {
    ASSIGN_OR_RETURN(const std::string_view key, DecodeStateKey(rows.key()));
    found.emplace_back(key, rows.value());
  }
  RETURN_IF_ERROR(rows.status());
  return found;
}

absl::StatusOr<std::unique_ptr<EventLog>> LocalEventLog::InDatabase(int database) {
  if (database < 0 || database >= kDatabases) return NoDatabase(database);
  return std::make_unique<LocalEventLog>(log_, shared_, static_cast<uint8_t>(database), false);
}

absl::StatusOr<Cursor> LocalEventLog::Read(const ReadRequest& request) {
  RETURN_IF_ERROR(log_->CatchUpReadOnly());
  if (request.pattern) {
    ASSIGN_OR_RETURN(std::unique_ptr<CommitReader> reader, log_->ReadCommits(home(), request));
    return Cursor(std::make_unique<Cursor::Impl>(log_, std::move(reader)));
  }
  if (request.after) return InvalidArgument("`after` is a place among all streams of a pattern");
  ASSIGN_OR_RETURN(const std::shared_ptr<StreamState> state,
                   log_->catalog().Find(home(), request.stream));
  ASSIGN_OR_RETURN(std::unique_ptr<StreamReader> reader, log_->Read(state, request));
  return Cursor(std::make_unique<Cursor::Impl>(log_, state, std::move(reader)));
}

absl::StatusOr<std::vector<StreamInfo>> LocalEventLog::ListStreams(const ListOptions& options) {
  RETURN_IF_ERROR(log_->CatchUpReadOnly());
  ASSIGN_OR_RETURN(const std::vector<Catalog::Listed> listed,
                   log_->catalog().List(home(), options.pattern, options.after, options.limit));
  std::vector<StreamInfo> infos;
  infos.reserve(listed.size());
  for (const Catalog::Listed& stream : listed) {
    ASSIGN_OR_RETURN(StreamInfo info, log_->Describe(stream.id, stream.record));
    infos.push_back(std::move(info));
  }
  return infos;
}

absl::StatusOr<StreamInfo> LocalEventLog::DescribeStream(std::string_view name) {
  RETURN_IF_ERROR(log_->CatchUpReadOnly());
  ASSIGN_OR_RETURN(const std::shared_ptr<StreamState> state, log_->catalog().Find(home(), name));
  return log_->Describe(state->id(), {state->database(), state->name(), state->options()});
}

absl::StatusOr<Watch> LocalEventLog::OnNamesChanged(NamesCallback changed) {
  RETURN_IF_ERROR(RefuseReadOnly());
  return Watch(std::make_unique<NamesWatch>(log_, std::move(changed)));
}

absl::Status LocalEventLog::Maintain() { return log_->Maintain(); }

absl::StatusOr<LogInfo> LocalEventLog::Describe() {
  ASSIGN_OR_RETURN(const SpaceUse space, log_->Space());
  ASSIGN_OR_RETURN(const Position position, log_->LastPosition());
  ASSIGN_OR_RETURN(const Watermarks watermarks, log_->ReadWatermarks());
  return LogInfo{log_->store().log_id(), space.bytes,       space.garbage_bytes,   position,
                 watermarks.written,     watermarks.synced, log_->AcceptsAppends()};
}

absl::StatusOr<BackupInfo> LocalEventLog::BackUp(std::string_view target,
                                                 const BackupOptions& options) {
  if (!log_->read_only()) RETURN_IF_ERROR(log_->Sync());
  return BackUpDirectory(log_->store().directory(), target, options);
}

absl::Status LocalEventLog::AddRoute(const Route& route) {
  return shared_->channels.router().Add(home(), route);
}

absl::Status LocalEventLog::RemoveRoute(std::string_view pattern, std::string_view stream) {
  return shared_->channels.router().Remove(home(), pattern, stream);
}

absl::StatusOr<std::vector<Route>> LocalEventLog::ListRoutes() {
  return shared_->channels.router().List(home());
}

absl::Status LocalEventLog::Sync() { return log_->Sync(); }
absl::Status LocalEventLog::Health() { return log_->Health(); }
absl::Status LocalEventLog::Reopen() { return log_->Reopen(); }
absl::Status LocalEventLog::Close() { return log_->Close(); }

absl::StatusOr<std::unique_ptr<EventLog>> OpenOn(StoreEnvironment environment,
                                                 std::string_view directory,
                                                 const OpenOptions& options) {
  ASSIGN_OR_RETURN(std::shared_ptr<Log> log,
                   Log::Open(std::string(directory), options, std::move(environment)));
  auto shared = std::make_shared<LocalEventLog::Shared>(log);
  RETURN_IF_ERROR(shared->channels.router().Load());
  return std::make_unique<LocalEventLog>(std::move(log), std::move(shared), 0, true);
}

absl::StatusOr<std::unique_ptr<EventLog>> OpenReadOnlyOn(StoreEnvironment environment,
                                                         std::string_view directory,
                                                         const ReadOnlyOptions& options) {
  ASSIGN_OR_RETURN(std::shared_ptr<Log> log,
                   Log::OpenReadOnly(std::string(directory), options, std::move(environment)));
  auto shared = std::make_shared<LocalEventLog::Shared>(log);
  return std::make_unique<LocalEventLog>(std::move(log), std::move(shared), 0, true);
}

absl::StatusOr<std::unique_ptr<EventLog>> Open(std::string_view directory,
                                               const OpenOptions& options) {
  return OpenOn({}, directory, options);
}

absl::StatusOr<std::unique_ptr<EventLog>> OpenReadOnly(std::string_view directory,
                                                       const ReadOnlyOptions& options) {
  return OpenReadOnlyOn({}, directory, options);
}

}  // namespace evlog
