// A consumer group of a server.
#include <algorithm>
#include <utility>

#include "cli/target/redis_entries.h"
#include "cli/target/redis_link.h"
#include "cli/target/redis_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr uint64_t kPageEntries = 1000;

std::string Ms(absl::Duration span) {
  return std::to_string(std::max<int64_t>(0, absl::ToInt64Milliseconds(span)));
}

class RedisGroup : public TargetGroup {
 public:
  RedisGroup(const RedisPlace& place, std::unique_ptr<RedisConnection> connection,
             std::string_view stream, std::string_view group)
      : clock_(place.clock), link_(place, std::move(connection)), stream_(stream), group_(group) {}

  absl::StatusOr<HandedOut> Read(std::string_view consumer,
                                 const GroupReadOptions& options) override {
    for (;;) {
      if (options.stop.stop_requested()) return absl::CancelledError("asked to stop");
      const absl::Duration wait = options.deadline - clock_->Now();
      absl::StatusOr<HandedOut> got = ReadOnce(consumer, options.count, wait);
      if (absl::IsUnavailable(got.status()) && wait > absl::ZeroDuration()) {
        const absl::Status connected = link_.Reconnect(got.status(), options.deadline, Where());
        if (absl::IsDeadlineExceeded(connected)) return HandedOut();
        RETURN_IF_ERROR(connected);
        missed_ = true;
        continue;
      }
      if (!got.ok() || got->entries != 0 || wait <= absl::ZeroDuration()) return got;
    }
  }

  absl::Status AckRead(const HandedOut& handed) override {
    for (;;) {
      const absl::Status acked = Ack(handed.ids).status();
      if (!absl::IsUnavailable(acked)) return acked;
      // Once more does no harm.
      RETURN_IF_ERROR(link_.Reconnect(acked, absl::InfiniteFuture(), Where()));
    }
  }

  absl::StatusOr<uint64_t> Ack(std::span<const EntryId> ids) override {
    RedisCommand command = {"XACK", stream_, group_};
    AddIds(ids, /*counted=*/false, &command);
    return Count(command);
  }

  absl::StatusOr<uint64_t> AckDelete(std::span<const EntryId> ids, References references) override {
    RedisCommand command = {"XACKDEL", stream_, group_, ReferencesWord(references)};
    AddIds(ids, /*counted=*/true, &command);
    ASSIGN_OR_RETURN(const RedisReply reply, connection().Call(command));
    uint64_t deleted = 0;
    for (size_t i = 0; i < reply->elements; ++i) deleted += NumberOf(*reply->element[i]) == 1;
    return deleted;
  }

  absl::StatusOr<uint64_t> Nack(std::span<const EntryId> ids, const NackOptions& options) override {
    const char* kind = options.kind == NackOptions::Kind::kFail     ? "FAIL"
                       : options.kind == NackOptions::Kind::kSilent ? "SILENT"
                                                                    : "FATAL";
    RedisCommand command = {"XNACK", stream_, group_, kind};
    AddIds(ids, /*counted=*/true, &command);
    return Count(command);
  }

  absl::StatusOr<uint64_t> DeadLetter(std::span<const EntryId>) override {
    return absl::UnimplementedError("a server has no dead letters");
  }

  absl::StatusOr<TakenOver> Claim(std::string_view consumer, std::span<const EntryId> ids,
                                  const ClaimOptions& options) override {
    RedisCommand command = {"XCLAIM", stream_, group_, std::string(consumer), Ms(options.min_idle)};
    AddIds(ids, /*counted=*/false, &command);
    if (options.force) command.push_back("FORCE");
    if (!options.counts) command.push_back("JUSTID");
    ASSIGN_OR_RETURN(const RedisReply reply, connection().Call(command));
    TakenOver claimed;
    RETURN_IF_ERROR(Take(*reply, options.counts, &claimed.taken));
    return claimed;
  }

  absl::StatusOr<TakenOver> AutoClaim(std::string_view consumer, EntryId from, uint64_t count,
                                      const ClaimOptions& options) override {
    RedisCommand command = {"XAUTOCLAIM",         stream_,         group_,  std::string(consumer),
                            Ms(options.min_idle), from.ToString(), "COUNT", std::to_string(count)};
    if (!options.counts) command.push_back("JUSTID");
    ASSIGN_OR_RETURN(const RedisReply reply, connection().Call(command));
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 2) {
      return absl::UnavailableError("the server sent no claim");
    }
    TakenOver claimed;
    claimed.next = IdOf(*reply->element[0]);
    RETURN_IF_ERROR(Take(*reply->element[1], options.counts, &claimed.taken));
    if (reply->elements > 2) {
      const redisReply& gone = *reply->element[2];
      for (size_t i = 0; i < gone.elements; ++i) claimed.gone.push_back(IdOf(*gone.element[i]));
    }
    return claimed;
  }

  absl::StatusOr<std::vector<PendingEntry>> ListPending(const PendingFilter& filter) override {
    const bool nobody = filter.consumer.has_value() && filter.consumer->empty();
    std::vector<PendingEntry> found;
    EntryId from = filter.from;
    while (found.size() < filter.count) {
      const uint64_t count = std::min(filter.count - found.size(), kPageEntries);
      RedisCommand command = {"XPENDING", stream_, group_};
      if (filter.min_idle > absl::ZeroDuration()) {
        command.insert(command.end(), {"IDLE", Ms(filter.min_idle)});
      }
      command.insert(command.end(),
                     {from.ToString(), filter.until.ToString(), std::to_string(count)});
      if (filter.consumer.has_value() && !nobody) command.push_back(*filter.consumer);
      ASSIGN_OR_RETURN(const RedisReply page, connection().Call(command));
      for (size_t i = 0; i < page->elements; ++i) {
        PendingEntry entry = PendingOf(*page->element[i]);
        if (!nobody || entry.consumer.empty()) found.push_back(std::move(entry));
      }
      if (page->elements < count) break;
      const EntryId last = IdOf(*page->element[page->elements - 1]->element[0]);
      if (last >= filter.until) break;
      from = last.Successor();
    }
    return found;
  }

  absl::Status AddConsumer(std::string_view consumer) override {
    return connection()
        .Call({"XGROUP", "CREATECONSUMER", stream_, group_, std::string(consumer)})
        .status();
  }

  absl::StatusOr<uint64_t> RemoveConsumer(std::string_view consumer, bool forget) override {
    if (!forget) {
      return InvalidArgument("{} forgets what a consumer has that leaves; give --forget",
                             connection().server());
    }
    return Count({"XGROUP", "DELCONSUMER", stream_, group_, std::string(consumer)});
  }

  absl::Status Seek(const Bound& to, bool) override {
    std::string text = "$";
    if (to.kind() != Bound::Kind::kEnd) {
      ASSIGN_OR_RETURN(const EntryId first, IdFrom(connection(), stream_, to));
      text = BeforeText(first);
    }
    return connection().Call({"XGROUP", "SETID", stream_, group_, text}).status();
  }

  absl::StatusOr<GroupDescription> Describe() override {
    ASSIGN_OR_RETURN(const bool is_evlog, connection().IsEvlog());
    if (is_evlog) {
      GroupDescription description;
      RETURN_IF_ERROR(DescribeEvlogGroup(connection(), stream_, group_, &description));
      RETURN_IF_ERROR(DescribeConsumers(&description));
      return description;
    }
    ASSIGN_OR_RETURN(const RedisReply groups, connection().Call({"XINFO", "GROUPS", stream_}));
    const redisReply* const group = FindGroup(*groups);
    if (group == nullptr) {
      return Error(absl::StatusCode::kNotFound, "stream {} has no group {}", Quoted(stream_),
                   Quoted(group_));
    }
    const auto number = [group](const char* member) -> uint64_t {
      const redisReply* value = FindMember(*group, member);
      return value == nullptr ? 0 : static_cast<uint64_t>(NumberOf(*value));
    };
    GroupDescription description;
    description.name = group_;
    description.pending = number("pending");
    description.entries_read = number("entries-read");
    description.lag = number("lag");
    const redisReply* const lag = FindMember(*group, "lag");
    const bool counted = lag != nullptr && !IsNil(*lag);
    const redisReply* const last = FindMember(*group, "last-delivered-id");
    if (last != nullptr) description.last_delivered = IdOf(*last);
    RETURN_IF_ERROR(DescribeConsumers(&description));
    RETURN_IF_ERROR(DescribeLag(counted, &description));
    return description;
  }

  absl::Status Alter(const GroupOptions& options) override {
    return AlterEvlogGroup(connection(), stream_, group_, options);
  }

 private:
  RedisConnection& connection() { return link_.connection(); }

  std::string Where() const { return "after " + last_.ToString(); }

  absl::StatusOr<uint64_t> Count(const RedisCommand& command) {
    ASSIGN_OR_RETURN(const RedisReply reply, connection().Call(command));
    return static_cast<uint64_t>(NumberOf(*reply));
  }

  // What the server handed to a connection that was lost before it came is pending, and asked for
  // first.
  absl::StatusOr<HandedOut> ReadOnce(std::string_view consumer, uint64_t count,
                                     absl::Duration wait) {
    if (!begun_) {
      ASSIGN_OR_RETURN(last_, LastDelivered());
      begun_ = true;
    }
    const bool waits = wait > absl::ZeroDuration() && !missed_;
    RedisCommand command = {"XREADGROUP",          "GROUP", group_,
                            std::string(consumer), "COUNT", std::to_string(count)};
    if (waits) command.insert(command.end(), {"BLOCK", BlockText(wait)});
    command.insert(command.end(), {"STREAMS", stream_, missed_ ? last_.ToString() : ">"});
    ASSIGN_OR_RETURN(const RedisReply reply, link_.Ask(command, waits ? wait : kNow));
    HandedOut handed;
    if (!IsNil(*reply) && reply->elements != 0 && reply->element[0]->elements == 2) {
      RETURN_IF_ERROR(Take(*reply->element[0]->element[1], /*whole=*/true, &handed, missed_));
    }
    if (handed.entries == 0 && missed_) {
      missed_ = false;
      return ReadOnce(consumer, count, wait);
    }
    if (!handed.ids.empty()) last_ = std::max(last_, handed.ids.back());
    return handed;
  }

  absl::StatusOr<EntryId> LastDelivered() {
    ASSIGN_OR_RETURN(const RedisReply groups, connection().Call({"XINFO", "GROUPS", stream_}));
    const redisReply* group = FindGroup(*groups);
    const redisReply* last = group == nullptr ? nullptr : FindMember(*group, "last-delivered-id");
    return last == nullptr ? EntryId::Min() : IdOf(*last);
  }

  const redisReply* FindGroup(const redisReply& groups) const {
    for (size_t i = 0; i < groups.elements; ++i) {
      const redisReply* name = FindMember(*groups.element[i], "name");
      if (name != nullptr && TextOf(*name) == group_) return groups.element[i];
    }
    return nullptr;
  }

  // Reads entries, or ids, and how often each was delivered.
  absl::Status Take(const redisReply& entries, bool whole, HandedOut* handed, bool again = true) {
    std::vector<ChunkView> views;
    if (whole) {
      ASSIGN_OR_RETURN(views, EntriesOf(entries));
    } else {
      std::vector<EntryId> ids;
      for (size_t i = 0; i < entries.elements; ++i) ids.push_back(IdOf(*entries.element[i]));
      views = BareEntries(ids);
    }
    for (const ChunkView& view : views) {
      std::vector<uint32_t> deliveries;
      if (again && whole) {
        ASSIGN_OR_RETURN(deliveries, DeliveriesOf(view));
      }
      AddRuns(view, deliveries, handed);
    }
    return absl::OkStatus();
  }

  // Cuts a view into runs of entries that were delivered equally often; without counts, once.
  static void AddRuns(const ChunkView& view, const std::vector<uint32_t>& deliveries,
                      HandedOut* handed) {
    uint32_t begin = 0;
    for (uint32_t i = 0; i < view.size(); ++i) {
      const uint32_t count = deliveries.empty() ? 1 : deliveries[i];
      const bool last = i + 1 == view.size();
      if (!last && (deliveries.empty() || deliveries[i + 1] == count)) continue;
      handed->runs.push_back(
          {ChunkView(view.chunk(), begin, i + 1 - begin, false), count, absl::ZeroDuration()});
      begin = i + 1;
    }
    for (const EntryView& entry : view) handed->ids.push_back(entry.id);
    handed->entries += view.size();
  }

  absl::StatusOr<std::vector<uint32_t>> DeliveriesOf(const ChunkView& view) {
    for (const EntryView& entry : view) {
      const std::string id = entry.id.ToString();
      RETURN_IF_ERROR(connection().Send({"XPENDING", stream_, group_, id, id, "1"}));
    }
    std::vector<uint32_t> deliveries;
    for (uint32_t i = 0; i < view.size(); ++i) {
      ASSIGN_OR_RETURN(const RedisReply reply, connection().Receive());
      const bool known = reply->type == REDIS_REPLY_ARRAY && reply->elements == 1;
      deliveries.push_back(known ? PendingOf(*reply->element[0]).deliveries : 1);
    }
    return deliveries;
  }

  PendingEntry PendingOf(const redisReply& row) const {
    PendingEntry entry;
    if (row.type != REDIS_REPLY_ARRAY || row.elements < 4) return entry;
    entry.id = IdOf(*row.element[0]);
    entry.consumer = std::string(TextOf(*row.element[1]));
    const int64_t idle = std::max<int64_t>(0, NumberOf(*row.element[2]));
    // When what nobody has comes again is not told.
    entry.time =
        entry.consumer.empty() ? absl::InfinitePast() : clock_->Now() - absl::Milliseconds(idle);
    entry.deliveries =
        static_cast<uint32_t>(std::min<int64_t>(NumberOf(*row.element[3]), UINT32_MAX));
    return entry;
  }

  absl::Status DescribeConsumers(GroupDescription* description) {
    ASSIGN_OR_RETURN(const RedisReply consumers,
                     connection().Call({"XINFO", "CONSUMERS", stream_, group_}));
    const absl::Time now = clock_->Now();
    uint64_t owned = 0;
    for (size_t i = 0; i < consumers->elements; ++i) {
      const redisReply& member = *consumers->element[i];
      GroupConsumer consumer;
      if (const redisReply* name = FindMember(member, "name")) {
        consumer.name = std::string(TextOf(*name));
      }
      if (const redisReply* pending = FindMember(member, "pending")) {
        consumer.pending = static_cast<uint64_t>(NumberOf(*pending));
      }
      if (const redisReply* idle = FindMember(member, "idle")) {
        consumer.seen = now - absl::Milliseconds(NumberOf(*idle));
      }
      // Redis has it since 7.2; -1: it never got anything.
      const redisReply* inactive = FindMember(member, "inactive");
      if (inactive != nullptr && NumberOf(*inactive) >= 0) {
        consumer.active = now - absl::Milliseconds(NumberOf(*inactive));
      }
      owned += consumer.pending;
      description->consumers.push_back(std::move(consumer));
    }
    description->released = description->pending - std::min(owned, description->pending);
    return absl::OkStatus();
  }

  // Redis does not always know how many entries are to come; then they are counted.
  absl::Status DescribeLag(bool counted, GroupDescription* description) {
    if (counted && description->lag == 0) return absl::OkStatus();
    EntryId from = description->last_delivered.Successor();
    uint64_t lag = 0;
    for (;;) {
      const uint64_t count = counted ? 1 : kPageEntries;
      ASSIGN_OR_RETURN(const RedisReply page,
                       connection().Call({"XRANGE", stream_, from.ToString(), "+", "COUNT",
                                          std::to_string(count)}));
      const std::optional<absl::Duration> age = AgeOfFirst(*page, clock_->Now());
      if (age && lag == 0) description->lag_age = *age;
      lag += page->elements;
      if (counted) return absl::OkStatus();
      if (page->elements < count) break;
      from = IdOf(*page->element[page->elements - 1]->element[0]).Successor();
    }
    description->lag = lag;
    return absl::OkStatus();
  }

  Clock* const clock_;
  RedisLink link_;
  const std::string stream_;
  const std::string group_;
  // The newest that was handed out here, or before this began.
  EntryId last_ = EntryId::Min();
  bool begun_ = false;
  bool missed_ = false;  // a connection was lost
};

}  // namespace

std::unique_ptr<TargetGroup> MakeRedisGroup(const RedisPlace& place,
                                            std::unique_ptr<RedisConnection> connection,
                                            std::string_view stream, std::string_view group) {
  return std::make_unique<RedisGroup>(place, std::move(connection), stream, group);
}

}  // namespace evlog::cli
