#include "cli/target/redis_top.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "log/base/status.h"

namespace evlog::cli {
namespace {

// How many names a server may look at for one page of a scan.
constexpr char kScanCount[] = "1000";

// The lines `name:value` of INFO.
class Info {
 public:
  explicit Info(std::string_view text) {
    while (!text.empty()) {
      const size_t end = std::min(text.find('\n'), text.size() - 1);
      std::string_view line = text.substr(0, end);
      text.remove_prefix(end + 1);
      while (line.ends_with('\r')) line.remove_suffix(1);
      const size_t colon = line.find(':');
      if (colon == std::string_view::npos || line.starts_with('#')) continue;
      values_.emplace(line.substr(0, colon), line.substr(colon + 1));
    }
  }

  std::string Text(const std::string& name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::string() : found->second;
  }
  // 0: it is not told.
  uint64_t Number(const std::string& name) const {
    const std::string text = Text(name);
    uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }
  // The databases that have keys.
  std::vector<int> Databases() const {
    std::vector<int> databases;
    for (const auto& [name, value] : values_) {
      int number = 0;
      if (!name.starts_with("db")) continue;
      const auto [end, error] = std::from_chars(name.data() + 2, name.data() + name.size(), number);
      if (error == std::errc() && end == name.data() + name.size()) databases.push_back(number);
    }
    std::sort(databases.begin(), databases.end());
    return databases;
  }
  bool IsEvlog() const { return values_.contains("evlog_version"); }

 private:
  std::map<std::string, std::string> values_;
};

uint64_t MemberNumber(const redisReply& map, const char* name) {
  const redisReply* const value = FindMember(map, name);
  return value == nullptr ? 0 : static_cast<uint64_t>(NumberOf(*value));
}

// nullopt: Redis does not know it of every group.
std::optional<uint64_t> KnownNumber(const redisReply& map, const char* name) {
  const redisReply* const value = FindMember(map, name);
  if (value == nullptr || IsNil(*value)) return std::nullopt;
  return static_cast<uint64_t>(NumberOf(*value));
}

TopServer ServerOf(const Info& info) {
  TopServer server;
  server.version = info.IsEvlog() ? "evlog " + info.Text("evlog_version")
                                  : "Redis " + info.Text("redis_version");
  server.clients = info.Number("connected_clients");
  server.blocked = info.Number("blocked_clients");
  server.memory_bytes = info.Number("used_memory_rss");
  server.output_bytes_max = info.Number("client_recent_max_output_buffer");
  server.commands = info.Number("total_commands_processed");
  server.errors = info.Number("total_error_replies");
  server.input_bytes = info.Number("total_net_input_bytes");
  server.output_bytes = info.Number("total_net_output_bytes");
  const std::string slow = "client_output_buffer_limit_disconnections";
  if (!info.Text(slow).empty()) server.slow_clients = info.Number(slow);
  return server;
}

class RedisSource : public TopSource {
 public:
  RedisSource(Clock* clock, std::unique_ptr<RedisConnection> connection, TopOptions options)
      : clock_(clock), connection_(std::move(connection)), options_(std::move(options)) {}

  std::string place() const override { return connection_->server(); }

  absl::StatusOr<TopSnapshot> Look() override {
    TopSnapshot snapshot;
    snapshot.time = clock_->Now();
    ASSIGN_OR_RETURN(const RedisReply reply, connection_->Call({"INFO"}));
    const Info info(TextOf(*reply));
    snapshot.server = ServerOf(info);
    if (info.IsEvlog()) {
      snapshot.log = TopLog{info.Number("table_bytes"),
                            info.Number("garbage_bytes"),
                            info.Number("written_commit"),
                            info.Number("synced_commit"),
                            std::nullopt,
                            info.Text("appends") == "refused"};
    }
    for (const int database : info.Databases()) {
      if (options_.database.value_or(database) != database) continue;
      RETURN_IF_ERROR(connection_->Call({"SELECT", std::to_string(database)}).status());
      RETURN_IF_ERROR(AddDatabase(database, info.IsEvlog(), &snapshot));
    }
    return snapshot;
  }

 private:
  // A group that was not handed all there is.
  struct Late {
    size_t group = 0;  // of the snapshot
    EntryId delivered;
  };

  // In byte order; one more than are to be looked at when there are more.
  absl::StatusOr<std::vector<std::string>> ScanNames(size_t limit) {
    std::vector<std::string> names;
    std::string cursor = "0";
    do {
      ASSIGN_OR_RETURN(const RedisReply page,
                       connection_->Call({"SCAN", cursor, "MATCH", options_.pattern, "COUNT",
                                          kScanCount, "TYPE", "stream"}));
      if (page->type != REDIS_REPLY_ARRAY || page->elements != 2) {
        return absl::UnavailableError("the server sent no page of a scan");
      }
      cursor = std::string(TextOf(*page->element[0]));
      const redisReply& keys = *page->element[1];
      for (size_t i = 0; i < keys.elements; ++i) names.emplace_back(TextOf(*keys.element[i]));
    } while (cursor != "0" && names.size() <= limit);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
  }

  // All under way at once: of each stream itself, then its groups.
  absl::Status AddDatabase(int database, bool evlog, TopSnapshot* snapshot) {
    const size_t room = kTopStreams - snapshot->streams.size();
    ASSIGN_OR_RETURN(std::vector<std::string> names, ScanNames(room));
    if (names.size() > room) {
      snapshot->more_streams = true;
      names.resize(room);
    }
    for (const std::string& name : names) {
      const RedisCommand describe =
          evlog ? RedisCommand{"EVLOG", "DESCRIBE", name} : RedisCommand{"XINFO", "STREAM", name};
      RETURN_IF_ERROR(connection_->Send(describe));
      RETURN_IF_ERROR(connection_->Send({"XINFO", "GROUPS", name}));
    }
    RETURN_IF_ERROR(connection_->Flush());
    std::vector<Late> late;
    for (const std::string& name : names) {
      ASSIGN_OR_RETURN(const RedisReply stream, connection_->Receive());
      ASSIGN_OR_RETURN(const RedisReply groups, connection_->Receive());
      // One that is gone meanwhile answers with an error.
      if (stream->type != REDIS_REPLY_ARRAY || groups->type != REDIS_REPLY_ARRAY) continue;
      AddStream(database, name, *stream, snapshot);
      for (size_t i = 0; i < groups->elements; ++i) {
        AddGroup(database, name, *groups->element[i], snapshot, &late);
      }
    }
    return AddAges(late, evlog, snapshot);
  }

  // How long the oldest entry waits, for groups that are behind.
  absl::Status AddAges(const std::vector<Late>& late, bool evlog, TopSnapshot* snapshot) {
    for (const Late& one : late) {
      const TopGroup& group = snapshot->groups[one.group];
      RETURN_IF_ERROR(connection_->Send(
          evlog ? RedisCommand{"EVLOG", "GROUP", "DESCRIBE", group.stream, group.name}
                : RedisCommand{"XRANGE", group.stream, one.delivered.Successor().ToString(), "+",
                               "COUNT", "1"}));
    }
    RETURN_IF_ERROR(connection_->Flush());
    for (const Late& one : late) {
      ASSIGN_OR_RETURN(const RedisReply reply, connection_->Receive());
      TopGroup& group = snapshot->groups[one.group];
      if (!evlog) {
        group.lag_age = AgeOfFirst(*reply, snapshot->time);
        if (!group.lag_age && reply->type == REDIS_REPLY_ARRAY) group.lag = 0;
        continue;
      }
      const redisReply* const ms = FindMember(*reply, "lag-age-ms");
      if (ms == nullptr) continue;  // the group is gone meanwhile
      if (!group.lag) group.lag = MemberNumber(*reply, "lag");
      if (group.lag != 0) group.lag_age = absl::Milliseconds(NumberOf(*ms));
    }
    return absl::OkStatus();
  }

  static void AddStream(int database, const std::string& name, const redisReply& reply,
                        TopSnapshot* snapshot) {
    TopStream& stream = snapshot->streams.emplace_back();
    stream.database = database;
    stream.name = name;
    const redisReply* const partitions = FindMember(reply, "partition-list");
    if (partitions == nullptr) {  // XINFO STREAM
      stream.entries = MemberNumber(reply, "length");
      stream.appended = MemberNumber(reply, "entries-added");
      return;
    }
    stream.entries = MemberNumber(reply, "entries");
    stream.bytes = MemberNumber(reply, "bytes");
    for (size_t i = 0; i < partitions->elements; ++i) {
      stream.appended += MemberNumber(*partitions->element[i], "next-offset");
    }
  }

  static void AddGroup(int database, const std::string& stream, const redisReply& reply,
                       TopSnapshot* snapshot, std::vector<Late>* late) {
    const redisReply* const name = FindMember(reply, "name");
    if (name == nullptr) return;
    TopGroup& group = snapshot->groups.emplace_back();
    group.database = database;
    group.stream = stream;
    group.name = std::string(TextOf(*name));
    group.lag = KnownNumber(reply, "lag");
    group.pending = MemberNumber(reply, "pending");
    group.read = KnownNumber(reply, "entries-read");
    group.consumers = MemberNumber(reply, "consumers");
    const redisReply* const delivered = FindMember(reply, "last-delivered-id");
    if (group.lag == 0 || delivered == nullptr) return;
    late->push_back({snapshot->groups.size() - 1, IdOf(*delivered)});
  }

  Clock* const clock_;
  const std::unique_ptr<RedisConnection> connection_;
  const TopOptions options_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<TopSource>> OpenRedisTop(const RedisPlace& place,
                                                        const TopOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<RedisConnection> connection, place.Connect());
  return std::make_unique<RedisSource>(place.clock, std::move(connection), options);
}

}  // namespace evlog::cli
