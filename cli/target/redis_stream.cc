// Changing a stream of a server.
#include <algorithm>
#include <utility>

#include "cli/target/redis_target.h"
#include "log/base/status.h"
#include "server/commands/setting_values.h"

namespace evlog::cli {
namespace {

// Entries looked at for one question.
constexpr uint64_t kPageEntries = 1000;

// What evlog's XADD takes before the id.
void AddWords(std::optional<std::string_view> key, std::optional<Durability> durability,
              RedisCommand* command) {
  if (key.has_value()) command->insert(command->end(), {"KEY", std::string(*key)});
  if (durability.has_value()) {
    command->insert(command->end(),
                    {"DURABILITY", std::string(server::ShowDurability(*durability))});
  }
}

void AddExpectation(const Expect& expect, RedisCommand* command) {
  command->push_back("EXPECT");
  switch (expect.kind()) {
    case Expect::Kind::kNoEntries:
      command->push_back("NONE");
      return;
    case Expect::Kind::kOffset:
      command->insert(command->end(), {"OFFSET", std::to_string(expect.offset())});
      return;
    case Expect::Kind::kLastId:
      command->insert(command->end(), {"ID", expect.id().ToString()});
      return;
  }
}

void AddFields(Fields fields, RedisCommand* command) {
  for (const FieldView& field : fields) {
    command->emplace_back(field.name);
    command->emplace_back(field.value);
  }
}

// Others would take the words for something else.
absl::Status CheckIsEvlog(RedisConnection& connection) {
  ASSIGN_OR_RETURN(const bool is_evlog, connection.IsEvlog());
  if (is_evlog) return absl::OkStatus();
  return InvalidArgument(
      "{} is no evlog server: keys, --durability, --expect and delays are not for others",
      connection.server());
}

class RedisStream : public TargetStream {
 public:
  RedisStream(const RedisPlace& place, RedisConnection* connection, std::string_view name)
      : clock_(place.clock), connection_(connection), name_(name) {}

  absl::StatusOr<AppendResult> Append(Fields fields, const AppendOptions& options) override {
    RedisCommand command = {"XADD", name_};
    AddWords(options.key, options.durability, &command);
    if (options.expect.has_value()) AddExpectation(*options.expect, &command);
    if (command.size() > 2) RETURN_IF_ERROR(CheckIsEvlog(*connection_));
    command.push_back(options.id ? options.id->ToString() : "*");
    AddFields(fields, &command);
    ASSIGN_OR_RETURN(const RedisReply reply, connection_->Call(command));
    AppendResult result;
    result.first_id = result.last_id = IdOf(*reply);
    result.count = 1;
    return result;
  }

  std::unique_ptr<EntryAppender> AppendMany(const BulkOptions& options) override {
    return MakeRedisAppender(connection_, name_, options);
  }

  absl::StatusOr<Ticket> Schedule(Fields fields, absl::Time at,
                                  const ScheduleOptions& options) override {
    RETURN_IF_ERROR(CheckIsEvlog(*connection_));
    RedisCommand command = {"XADD", name_};
    AddWords(options.key, options.durability, &command);
    command.insert(command.end(), {"AT", std::to_string(absl::ToUnixMillis(at)), "*"});
    AddFields(fields, &command);
    ASSIGN_OR_RETURN(const RedisReply reply, connection_->Call(command));
    return Ticket::Parse(TextOf(*reply));
  }

  absl::StatusOr<Trimmed> Trim(const TrimOptions& options) override {
    ASSIGN_OR_RETURN(const bool is_evlog, connection_->IsEvlog());
    if (is_evlog) return TrimEvlogStream(*connection_, name_, options);
    std::optional<EntryId> min_id = options.keep.min_id;
    if (options.keep.max_age.has_value()) {
      const int64_t ms = absl::ToUnixMillis(clock_->Now() - *options.keep.max_age);
      min_id = std::max(min_id.value_or(EntryId::Min()),
                        EntryId{static_cast<uint64_t>(std::max<int64_t>(ms, 0)), 0});
    }
    if (options.dry_run) return Preview(options, min_id);
    Trimmed trimmed;
    if (options.keep.max_entries.has_value()) {
      ASSIGN_OR_RETURN(trimmed.entries,
                       TrimBy("MAXLEN", std::to_string(*options.keep.max_entries), options));
    }
    if (min_id.has_value()) {
      ASSIGN_OR_RETURN(const uint64_t more, TrimBy("MINID", min_id->ToString(), options));
      trimmed.entries += more;
    }
    return trimmed;
  }

  absl::StatusOr<uint64_t> Delete(std::span<const EntryId> ids, References references) override {
    if (references == References::kKeep) {
      RedisCommand command = {"XDEL", name_};
      AddIds(ids, /*counted=*/false, &command);
      ASSIGN_OR_RETURN(const RedisReply reply, connection_->Call(command));
      return static_cast<uint64_t>(NumberOf(*reply));
    }
    RedisCommand command = {"XDELEX", name_, ReferencesWord(references)};
    AddIds(ids, /*counted=*/true, &command);
    ASSIGN_OR_RETURN(const RedisReply reply, connection_->Call(command));
    uint64_t deleted = 0;
    for (size_t i = 0; i < reply->elements; ++i) deleted += NumberOf(*reply->element[i]) == 1;
    return deleted;
  }

  std::optional<StreamOptions> options() const override { return std::nullopt; }

 private:
  absl::StatusOr<uint64_t> TrimBy(const char* bound, std::string value,
                                  const TrimOptions& options) {
    RedisCommand command = {"XTRIM", name_, bound, options.keep.exact ? "=" : "~",
                            std::move(value)};
    if (options.limit != UINT64_MAX) {
      command.insert(command.end(), {"LIMIT", std::to_string(options.limit)});
    }
    if (options.references != References::kKeep) {
      command.push_back(ReferencesWord(options.references));
    }
    ASSIGN_OR_RETURN(const RedisReply reply, connection_->Call(command));
    return static_cast<uint64_t>(NumberOf(*reply));
  }

  // What the bounds give up, if they are exact and no group needs it.
  absl::StatusOr<Trimmed> Preview(const TrimOptions& options, std::optional<EntryId> min_id) {
    ASSIGN_OR_RETURN(const StreamInfo info, DescribeRedisStream(*connection_, name_));
    uint64_t entries = 0;
    if (options.keep.max_entries.has_value() && info.entries > *options.keep.max_entries) {
      entries = info.entries - *options.keep.max_entries;
    }
    if (min_id.has_value() && *min_id != EntryId::Min()) {
      ASSIGN_OR_RETURN(const uint64_t below, CountBelow(*min_id));
      entries = std::max(entries, below);
    }
    return Trimmed{std::min(entries, options.limit), std::nullopt};
  }

  absl::StatusOr<uint64_t> CountBelow(EntryId end) {
    uint64_t count = 0;
    EntryId from = EntryId::Min();
    for (;;) {
      ASSIGN_OR_RETURN(
          const RedisReply page,
          connection_->Call({"XRANGE", name_, from.ToString(), end.Predecessor().ToString(),
                             "COUNT", std::to_string(kPageEntries)}));
      count += page->elements;
      if (page->elements < kPageEntries) return count;
      const redisReply& last = *page->element[page->elements - 1];
      from = IdOf(*last.element[0]).Successor();
      if (from == end) return count;
    }
  }

  Clock* const clock_;
  RedisConnection* const connection_;
  const std::string name_;
};

// Sends XADDs in blocks and reads their replies when so many are under way.
class RedisAppender : public EntryAppender {
 public:
  RedisAppender(RedisConnection* connection, std::string_view stream, const BulkOptions& options)
      : connection_(connection),
        stream_(stream),
        durability_(options.durability),
        ids_(options.ids) {}

  absl::Status Add(Fields fields, std::optional<std::string_view> key,
                   const std::optional<Idempotence>&) override {
    RETURN_IF_ERROR(error_);
    words_.clear();
    AddWords(key, durability_, &words_);
    // All entries have a key, or none, so at the first one nothing is under way.
    if (!words_.empty() && !std::exchange(checked_, true)) {
      RETURN_IF_ERROR(error_ = CheckIsEvlog(*connection_));
    }
    command_.clear();
    BeginCommand(3 + words_.size() + 2 * fields.size(), &command_);
    AppendArgument("XADD", &command_);
    AppendArgument(stream_, &command_);
    for (const std::string& word : words_) AppendArgument(word, &command_);
    AppendArgument("*", &command_);
    for (const FieldView& field : fields) {
      AppendArgument(field.name, &command_);
      AppendArgument(field.value, &command_);
    }
    error_ = connection_->SendEncoded(command_);
    bytes_ += command_.size();
    ++under_way_;
    // The server answers as it reads, so what it has not been asked yet must not be much.
    if (bytes_ >= kBlockBytes) Write();
    if (under_way_ >= kUnderWayMax) Receive(kUnderWayMax / 2);
    return error_;
  }

  // What was sent cannot be taken back, and no option that would want it goes with a server.
  void Discard() override {}

  void Flush() override { Receive(0); }

  absl::Status Finish() override {
    Receive(0);
    return error_;
  }

  AppendResult total() const override { return total_; }
  uint64_t duplicates() const override { return 0; }

 private:
  static constexpr size_t kBlockBytes = size_t{64} << 10;
  static constexpr uint64_t kUnderWayMax = 2000;

  void Write() {
    if (error_.ok()) error_ = connection_->Flush();
    bytes_ = 0;
  }

  // Reads replies until so many are left to come.
  void Receive(uint64_t left) {
    if (under_way_ <= left) return;
    Write();
    // After an error that the server answered, the replies behind it still come.
    while (under_way_ > left && connected_) {
      absl::StatusOr<RedisReply> reply = connection_->Receive();
      --under_way_;
      connected_ = reply.ok();
      absl::Status status = reply.status();
      if (reply.ok() && (*reply)->type == REDIS_REPLY_ERROR) {
        status = connection_->StatusOf(**reply);
      }
      if (status.ok()) Count(IdOf(**reply));
      if (error_.ok()) error_ = status;
    }
    if (ids_ != nullptr && error_.ok()) error_ = ids_->Flush();
  }

  void Count(EntryId id) {
    if (total_.count++ == 0) total_.first_id = id;
    total_.last_id = id;
    if (ids_ != nullptr) ids_->buffer()->append(id.ToString()).push_back('\n');
  }

  RedisConnection* const connection_;
  const std::string stream_;
  const std::optional<Durability> durability_;
  Output* const ids_;
  RedisCommand words_;
  bool checked_ = false;
  std::string command_;
  size_t bytes_ = 0;
  uint64_t under_way_ = 0;
  bool connected_ = true;
  absl::Status error_;
  AppendResult total_;
};

}  // namespace

std::unique_ptr<TargetStream> MakeRedisStream(const RedisPlace& place, RedisConnection* connection,
                                              std::string_view stream) {
  return std::make_unique<RedisStream>(place, connection, stream);
}

std::unique_ptr<EntryAppender> MakeRedisAppender(RedisConnection* connection,
                                                 std::string_view stream,
                                                 const BulkOptions& options) {
  return std::make_unique<RedisAppender>(connection, stream, options);
}

const char* ReferencesWord(References references) {
  switch (references) {
    case References::kKeep:
      return "KEEPREF";
    case References::kDrop:
      return "DELREF";
    case References::kOnlyAcknowledged:
      return "ACKED";
  }
  return "KEEPREF";
}

void AddIds(std::span<const EntryId> ids, bool counted, RedisCommand* command) {
  if (counted) command->insert(command->end(), {"IDS", std::to_string(ids.size())});
  for (const EntryId id : ids) command->push_back(id.ToString());
}

}  // namespace evlog::cli
