#include "cli/target/redis_target.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "log/base/status.h"

namespace evlog::cli {
namespace {

// How many names a server may look at for one page of a scan.
constexpr char kScanCount[] = "1000";

absl::Status NoStream(std::string_view name) {
  return Error(absl::StatusCode::kNotFound, "there is no stream {}", Quoted(name));
}

class RedisTarget : public LogTarget {
 public:
  RedisTarget(RedisPlace place, std::unique_ptr<RedisConnection> connection)
      : place_(std::move(place)), connection_(std::move(connection)) {}

  bool tells_settings() override { return connection_->IsEvlog().value_or(false); }

  absl::StatusOr<std::unique_ptr<TargetStream>> OpenStream(std::string_view name,
                                                           const StreamOptions&,
                                                           IfMissing if_missing) override {
    if (if_missing == IfMissing::kError) RETURN_IF_ERROR(DescribeStream(name).status());
    return MakeRedisStream(place_, connection_.get(), name);
  }

  // Redis has no command for it; a group makes a stream, and goes in the same transaction.
  absl::Status CreateStream(std::string_view name, const NewStream& stream) override {
    ASSIGN_OR_RETURN(const bool is_evlog, connection_->IsEvlog());
    if (is_evlog) return CreateEvlogStream(*connection_, name, stream);
    const std::string key(name);
    RETURN_IF_ERROR(connection_->Call({"WATCH", key}).status());
    ASSIGN_OR_RETURN(const RedisReply there, connection_->Call({"EXISTS", key}));
    if (NumberOf(*there) != 0) {
      RETURN_IF_ERROR(connection_->Call({"UNWATCH"}).status());
      return absl::AlreadyExistsError("there is such a key");
    }
    RETURN_IF_ERROR(connection_->Call({"MULTI"}).status());
    RETURN_IF_ERROR(
        connection_->Call({"XGROUP", "CREATE", key, "evlog-create", "0", "MKSTREAM"}).status());
    RETURN_IF_ERROR(connection_->Call({"XGROUP", "DESTROY", key, "evlog-create"}).status());
    ASSIGN_OR_RETURN(const RedisReply done, connection_->Call({"EXEC"}));
    if (IsNil(*done)) return absl::AlreadyExistsError("there is such a key now");
    for (size_t i = 0; i < done->elements; ++i) {
      if (done->element[i]->type == REDIS_REPLY_ERROR) {
        return connection_->StatusOf(*done->element[i]);
      }
    }
    return absl::OkStatus();
  }

  absl::Status AlterStream(std::string_view name, const StreamChanges& changes) override {
    return AlterEvlogStream(*connection_, name, changes);
  }

  absl::Status RenameStream(std::string_view from, std::string_view to, bool replace) override {
    RETURN_IF_ERROR(DescribeStream(from).status());
    ASSIGN_OR_RETURN(
        const RedisReply done,
        connection_->Call({replace ? "RENAME" : "RENAMENX", std::string(from), std::string(to)}));
    if (done->type == REDIS_REPLY_INTEGER && done->integer == 0) {
      return absl::AlreadyExistsError("there is such a key");
    }
    return absl::OkStatus();
  }

  absl::Status CopyStream(std::string_view from, std::string_view to,
                          const CopyOptions& options) override {
    RETURN_IF_ERROR(DescribeStream(from).status());
    RedisCommand command = {"COPY", std::string(from), std::string(to)};
    if (options.database.has_value()) {
      command.insert(command.end(), {"DB", std::to_string(*options.database)});
    }
    if (options.replace) command.push_back("REPLACE");
    ASSIGN_OR_RETURN(const RedisReply done, connection_->Call(command));
    if (NumberOf(*done) == 0) return absl::AlreadyExistsError("there is such a key");
    return absl::OkStatus();
  }

  absl::Status DropStream(std::string_view name) override {
    RETURN_IF_ERROR(DescribeStream(name).status());
    return connection_->Call({"DEL", std::string(name)}).status();
  }

  absl::StatusOr<std::vector<StreamInfo>> ListStreams(const ListOptions& options) override {
    RETURN_IF_ERROR(Scan(options.pattern));
    auto name = options.after.empty()
                    ? names_.begin()
                    : std::upper_bound(names_.begin(), names_.end(), options.after);
    std::vector<StreamInfo> streams;
    for (; name != names_.end() && streams.size() < options.limit; ++name) {
      absl::StatusOr<StreamInfo> info = DescribeStream(*name);
      if (absl::IsNotFound(info.status())) continue;  // gone meanwhile
      if (!info.ok()) return info.status();
      streams.push_back(*std::move(info));
    }
    return streams;
  }

  absl::StatusOr<StreamInfo> DescribeStream(std::string_view name) override {
    return DescribeRedisStream(*connection_, name);
  }

  absl::StatusOr<std::unique_ptr<LogTarget>> InDatabase(int database) override {
    RedisPlace place = place_;
    place.database = database;
    place.database_flag = "--to-db";
    return MakeRedisTarget(std::move(place));
  }

  absl::StatusOr<std::unique_ptr<EntrySource>> Read(const ReadRequest& request,
                                                    const std::stop_token&) override {
    return MakeRedisSource(place_, request);
  }

  absl::Status CreateGroup(std::string_view stream, std::string_view name, const NewGroup& group,
                           const Bound& from) override {
    std::string begin = "$";
    if (from.kind() != Bound::Kind::kEnd) {
      ASSIGN_OR_RETURN(const EntryId first, IdFrom(*connection_, stream, from));
      begin = BeforeText(first);
    }
    const absl::Status created = group.options_given
                                     ? CreateEvlogGroup(*connection_, stream, name, begin, group)
                                     : CreateRedisGroup(stream, name, begin, group.create_stream);
    return absl::IsNotFound(created) ? NoStream(stream) : created;
  }

  absl::StatusOr<std::unique_ptr<TargetGroup>> OpenGroup(std::string_view stream,
                                                         std::string_view name) override {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, ListGroups(stream));
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return Error(absl::StatusCode::kNotFound, "stream {} has no group {}", Quoted(stream),
                   Quoted(name));
    }
    ASSIGN_OR_RETURN(std::unique_ptr<RedisConnection> connection, place_.Connect());
    return MakeRedisGroup(place_, std::move(connection), stream, name);
  }

  absl::Status DestroyGroup(std::string_view stream, std::string_view name) override {
    return connection_->Call({"XGROUP", "DESTROY", std::string(stream), std::string(name)})
        .status();
  }

  absl::StatusOr<std::vector<std::string>> ListGroups(std::string_view stream) override {
    RETURN_IF_ERROR(DescribeStream(stream).status());
    ASSIGN_OR_RETURN(const RedisReply groups,
                     connection_->Call({"XINFO", "GROUPS", std::string(stream)}));
    std::vector<std::string> names;
    for (size_t i = 0; i < groups->elements; ++i) {
      const redisReply* name = FindMember(*groups->element[i], "name");
      if (name != nullptr) names.emplace_back(TextOf(*name));
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  absl::Status AddRoute(const Route& route) override { return AddRedisRoute(*connection_, route); }
  absl::Status RemoveRoute(std::string_view pattern, std::string_view stream) override {
    return RemoveRedisRoute(*connection_, pattern, stream);
  }
  absl::StatusOr<std::vector<Route>> ListRoutes() override { return ListRedisRoutes(*connection_); }

  absl::StatusOr<std::string> Identify(const StreamInfo& stream) override {
    return fmt::format("stream {} of database {} of {}", Quoted(stream.name), place_.database,
                       connection_->server());
  }
  absl::Status Finish(bool) override { return absl::OkStatus(); }
  EventLog* local() override { return nullptr; }

 private:
  absl::Status CreateRedisGroup(std::string_view stream, std::string_view name,
                                const std::string& begin, bool create_stream) {
    RedisCommand command = {"XGROUP", "CREATE", std::string(stream), std::string(name), begin};
    if (create_stream) command.push_back("MKSTREAM");
    return connection_->Call(command).status();
  }

  // Fills names_, once.
  absl::Status Scan(const std::string& pattern) {
    if (scanned_) return absl::OkStatus();
    std::string cursor = "0";
    do {
      ASSIGN_OR_RETURN(const RedisReply page,
                       connection_->Call({"SCAN", cursor, "MATCH", pattern, "COUNT", kScanCount,
                                          "TYPE", "stream"}));
      if (page->type != REDIS_REPLY_ARRAY || page->elements != 2) {
        return absl::UnavailableError("the server sent no page of a scan");
      }
      cursor = std::string(TextOf(*page->element[0]));
      const redisReply& keys = *page->element[1];
      for (size_t i = 0; i < keys.elements; ++i) names_.emplace_back(TextOf(*keys.element[i]));
    } while (cursor != "0");
    std::sort(names_.begin(), names_.end());
    names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
    scanned_ = true;
    return absl::OkStatus();
  }

  const RedisPlace place_;
  const std::unique_ptr<RedisConnection> connection_;
  bool scanned_ = false;
  std::vector<std::string> names_;  // in byte order
};

}  // namespace

absl::StatusOr<std::unique_ptr<LogTarget>> MakeRedisTarget(RedisPlace place) {
  ASSIGN_OR_RETURN(std::unique_ptr<RedisConnection> connection, place.Connect());
  if (!place.unless_evlog.ok()) {
    ASSIGN_OR_RETURN(const bool is_evlog, connection->IsEvlog());
    if (!is_evlog) return place.unless_evlog;
  }
  return std::make_unique<RedisTarget>(std::move(place), std::move(connection));
}

absl::StatusOr<StreamInfo> DescribeRedisStream(RedisConnection& connection,
                                               std::string_view stream) {
  const std::string name(stream);
  ASSIGN_OR_RETURN(const bool is_evlog, connection.IsEvlog());
  if (is_evlog) {
    absl::StatusOr<StreamInfo> info = DescribeEvlogStream(connection, name);
    if (!absl::IsNotFound(info.status())) return info;
    return NoStream(name);
  }
  absl::StatusOr<RedisReply> reply = connection.Call({"XINFO", "STREAM", name});
  if (absl::IsNotFound(reply.status())) return NoStream(name);
  RETURN_IF_ERROR(reply.status());
  StreamInfo info;
  info.name = name;
  if (const redisReply* length = FindMember(**reply, "length")) {
    info.entries = static_cast<uint64_t>(NumberOf(*length));
  }
  if (const redisReply* last = FindMember(**reply, "last-generated-id")) info.last_id = IdOf(*last);
  const absl::StatusOr<RedisReply> expiry = connection.Call({"PEXPIRETIME", name});
  if (absl::IsUnimplemented(expiry.status())) return info;  // Redis before 7.0
  RETURN_IF_ERROR(expiry.status());
  if (NumberOf(**expiry) > 0) info.options.expires_at = absl::FromUnixMillis(NumberOf(**expiry));
  return info;
}

std::string BeforeText(EntryId id) {
  return (id == EntryId::Min() ? id : id.Predecessor()).ToString();
}

absl::StatusOr<EntryId> IdFrom(RedisConnection& connection, std::string_view stream,
                               const Bound& bound) {
  switch (bound.kind()) {
    case Bound::Kind::kBegin:
      return EntryId::Min();
    case Bound::Kind::kId:
    case Bound::Kind::kTime:
      return bound.id();
    case Bound::Kind::kExclusiveId:
      return bound.id().Successor();
    case Bound::Kind::kEnd: {
      ASSIGN_OR_RETURN(const StreamInfo info, DescribeRedisStream(connection, stream));
      return info.last_id == EntryId::Max() ? info.last_id : info.last_id.Successor();
    }
    case Bound::Kind::kOffset:
    case Bound::Kind::kLast:
      break;
  }
  return InvalidArgument("o:OFFSET: {} tells no offsets", connection.server());
}

}  // namespace evlog::cli
