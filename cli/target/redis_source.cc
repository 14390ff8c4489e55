// Reading a stream of a server, and following it over lost connections.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "cli/pace.h"
#include "cli/target/redis_entries.h"
#include "cli/target/redis_link.h"
#include "cli/target/redis_target.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr uint64_t kPageEntries = 1000;

// Which entries a cursor is to have, in ids.
struct IdSpan {
  EntryId first = EntryId::Min();
  EntryId last = EntryId::Max();  // included
  bool empty = false;
};

class RedisSource : public EntrySource {
 public:
  RedisSource(const RedisPlace& place, std::unique_ptr<RedisConnection> connection,
              const ReadRequest& request, const IdSpan& span)
      : link_(place, std::move(connection)),
        clock_(place.clock),
        stream_(request.stream),
        backward_(request.direction == Direction::kBackward),
        follows_(!request.until.has_value() && !backward_),
        left_(span.empty ? 0 : request.limit),
        span_(span) {}

  absl::StatusOr<bool> Next(ChunkView* view, absl::Time deadline,
                            const std::stop_token& stop) override {
    while (views_.empty()) {
      if (left_ == 0 || done_) return false;
      if (stop.stop_requested()) return absl::CancelledError("asked to stop");
      const absl::Duration wait = deadline - clock_->Now();
      ASSIGN_OR_RETURN(const bool came, Fetch(wait, deadline));
      if (!came && wait <= absl::ZeroDuration()) return false;
    }
    *view = std::move(views_.front());
    views_.pop_front();
    return true;
  }

  Origin OriginAfter(uint32_t) const override {
    Origin origin{stream_};
    origin.placed = false;
    return origin;
  }

 private:
  // Gets the next page. False: there was nothing, for the time of one question.
  absl::StatusOr<bool> Fetch(absl::Duration wait, absl::Time deadline) {
    const bool waits = follows_ && wait > absl::ZeroDuration();
    const uint64_t count = std::min(left_, kPageEntries);
    absl::StatusOr<RedisReply> reply = link_.Ask(Question(count, waits, wait), waits ? wait : kNow);
    if (follows_ && absl::IsUnavailable(reply.status())) {
      if (!waits) return false;  // there is nothing now; who waits connects again
      const absl::Status connected = link_.Reconnect(
          reply.status(), deadline, "after " + span_.first.Predecessor().ToString());
      if (!connected.ok() && !absl::IsDeadlineExceeded(connected)) return connected;
      return false;
    }
    if (!reply.ok()) return reply.status();
    const redisReply* entries = reply->get();
    if (follows_) {
      if (IsNil(*entries) || entries->elements == 0) return false;
      entries = entries->element[0]->elements == 2 ? entries->element[0]->element[1] : entries;
    }
    ASSIGN_OR_RETURN(std::vector<ChunkView> views, EntriesOf(*entries, backward_));
    Advance(*entries, count);
    for (ChunkView& view : views) views_.push_back(std::move(view));
    return true;
  }

  RedisCommand Question(uint64_t count, bool waits, absl::Duration wait) const {
    const std::string number = std::to_string(count);
    if (!follows_) {
      const std::string first = span_.first.ToString(), last = span_.last.ToString();
      if (backward_) return {"XREVRANGE", stream_, last, first, "COUNT", number};
      return {"XRANGE", stream_, first, last, "COUNT", number};
    }
    RedisCommand command = {"XREAD", "COUNT", number};
    if (waits) command.insert(command.end(), {"BLOCK", BlockText(wait)});
    command.insert(command.end(), {"STREAMS", stream_, BeforeText(span_.first)});
    return command;
  }

  // Goes on behind a page.
  void Advance(const redisReply& page, uint64_t count) {
    left_ -= std::min<uint64_t>(left_, page.elements);
    if (!follows_ && page.elements < count) done_ = true;
    if (page.elements == 0) return;
    const EntryId id = IdOf(*page.element[page.elements - 1]->element[0]);
    if (backward_) {
      done_ = done_ || id <= span_.first || id == EntryId::Min();
      span_.last = id.Predecessor();
    } else {
      done_ = done_ || (!follows_ && id >= span_.last) || id == EntryId::Max();
      span_.first = id.Successor();
    }
  }

  RedisLink link_;
  Clock* const clock_;
  const std::string stream_;
  const bool backward_;
  const bool follows_;
  uint64_t left_;
  IdSpan span_;
  bool done_ = false;
  std::deque<ChunkView> views_;
};

// The id of the entry that has n - 1 newer ones, or of the first one there is.
absl::StatusOr<EntryId> LastButId(RedisConnection& connection, const std::string& stream,
                                  uint64_t n) {
  EntryId found = EntryId::Min();
  std::string last = "+";
  while (n != 0) {
    const uint64_t count = std::min(n, kPageEntries);
    ASSIGN_OR_RETURN(const RedisReply page, connection.Call({"XREVRANGE", stream, last, "-",
                                                             "COUNT", std::to_string(count)}));
    if (page->elements == 0) break;
    found = IdOf(*page->element[page->elements - 1]->element[0]);
    if (page->elements < count) break;
    n -= count;
    last = found.Predecessor().ToString();
  }
  return found;
}

// What `until` includes last; nullopt: nothing.
absl::StatusOr<std::optional<EntryId>> IdUntil(RedisConnection& connection,
                                               const std::string& stream, const Bound& until) {
  if (until.kind() == Bound::Kind::kId) return until.id();
  if (until.kind() == Bound::Kind::kBegin) return std::nullopt;
  // The first id behind it.
  EntryId end = until.id();
  if (until.kind() != Bound::Kind::kExclusiveId) {
    ASSIGN_OR_RETURN(end, IdFrom(connection, stream, until));
  }
  if (end == EntryId::Min()) return std::nullopt;
  return end.Predecessor();
}

absl::Status CheckRequest(const RedisConnection& connection, const ReadRequest& request) {
  if (request.pattern.has_value()) {
    return InvalidArgument("a pattern of names: {} has no order over several streams",
                           connection.server());
  }
  if (request.partition.has_value()) {
    return InvalidArgument("--partition: {} tells no partitions", connection.server());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<EntrySource>> MakeRedisSource(const RedisPlace& place,
                                                             const ReadRequest& request) {
  ASSIGN_OR_RETURN(std::unique_ptr<RedisConnection> connection, place.Connect());
  RETURN_IF_ERROR(CheckRequest(*connection, request));
  RETURN_IF_ERROR(DescribeRedisStream(*connection, request.stream).status());
  IdSpan span;
  if (request.from.kind() == Bound::Kind::kLast) {
    ASSIGN_OR_RETURN(span.first, LastButId(*connection, request.stream, request.from.number()));
  } else {
    ASSIGN_OR_RETURN(span.first, IdFrom(*connection, request.stream, request.from));
  }
  // The id 0-0 is never given; what comes first is behind it.
  span.first = std::max(span.first, EntryId::Min().Successor());
  if (request.until.has_value()) {
    ASSIGN_OR_RETURN(const std::optional<EntryId> last,
                     IdUntil(*connection, request.stream, *request.until));
    span.last = last.value_or(EntryId::Min());
    span.empty = !last.has_value() || span.last < span.first;
  }
  return std::make_unique<RedisSource>(place, std::move(connection), request, span);
}

}  // namespace evlog::cli
