// XCLAIM, XAUTOCLAIM.
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "server/commands/groups.h"
#include "server/commands/handlers.h"
#include "server/commands/stream_args.h"
#include "server/keyspace_events.h"
#include "server/wire/error_map.h"

namespace evlog::server {

namespace {

// How many pending entries XAUTOCLAIM looks at for each that it may take.
constexpr uint64_t kScanFactor = 10;
constexpr int64_t kAutoClaimCount = 100;
constexpr int64_t kAutoClaimCountMax = INT64_MAX / 16;  // Redis'

// An idle time that is not negative. False when it has replied with the error.
bool ParseMinIdle(Call& call, std::string_view text, ClaimOptions* options) {
  int64_t ms = 0;
  if (!ParseNumber(text, &ms)) {
    call.reply.Error(fmt::format("ERR Invalid min-idle-time argument for {}",
                                 call.row.name == "xclaim" ? "XCLAIM" : "XAUTOCLAIM"));
    return false;
  }
  options->min_idle = absl::Milliseconds(std::max<int64_t>(ms, 0));
  return true;
}

struct XclaimArgs {
  std::vector<EntryId> ids;
  ClaimOptions options;
  bool just_id = false;

  // The rest of the command from its first id on.
  ParseError Parse(const Call& call);

 private:
  ParseError ParseOption(const Call& call, size_t* at);
};

ParseError XclaimArgs::ParseOption(const Call& call, size_t* at) {
  const std::string_view option = call.arg(*at);
  if (Is(option, "FORCE")) {
    options.force = true;
    return {};
  }
  if (Is(option, "JUSTID")) {
    just_id = true;
    options.counts = false;
    return {};
  }
  const bool known =
      Is(option, "IDLE") || Is(option, "TIME") || Is(option, "RETRYCOUNT") || Is(option, "LASTID");
  if (!known || *at + 1 == call.argc()) {
    return fmt::format("ERR Unrecognized XCLAIM option '{}'", std::string(option));
  }
  const std::string_view text = call.arg(++*at);
  if (Is(option, "LASTID")) {
    // For replicas of Redis: a group here is told of its position by what it delivers.
    EntryId ignored;
    return ParseId(text, 0, &ignored) ? ParseError() : ParseError(kInvalidId);
  }
  int64_t value = 0;
  if (!ParseNumber(text, &value)) {
    std::string name(option);
    for (char& c : name) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return fmt::format("ERR Invalid {} option argument for XCLAIM", name);
  }
  if (Is(option, "IDLE")) {
    options.delivered = call.now - absl::Milliseconds(std::max<int64_t>(value, 0));
  } else if (Is(option, "TIME")) {
    // A time that cannot be counts as now.
    options.delivered = value < 0 ? call.now : std::min(absl::FromUnixMillis(value), call.now);
  } else if (value < 0) {
    return "ERR Invalid RETRYCOUNT option argument for XCLAIM";
  } else {
    options.deliveries = static_cast<uint32_t>(std::min<int64_t>(value, UINT32_MAX));
  }
  return {};
}

ParseError XclaimArgs::Parse(const Call& call) {
  size_t at = 5;
  // What is no id begins the options.
  for (EntryId id; at < call.argc() && ParseId(call.arg(at), 0, &id); ++at) ids.push_back(id);
  if (ids.empty()) return kInvalidId;
  for (; at < call.argc(); ++at) {
    if (ParseError error = ParseOption(call, &at); !error.empty()) return error;
  }
  return {};
}

size_t WriteTaken(RespWriter& reply, const Deliveries& taken, bool just_id) {
  return just_id ? WriteDeliveredIds(reply, taken) : WriteDeliveries(reply, taken, false);
}

// A claim makes its consumer. Where somebody is to be told of that it is made before, as only this
// says whether it was there. False when it has replied with the error.
bool TellOfConsumer(Call& call, Group& group) {
  if (!WantsKeyspaceEvent(call, kEventStream)) return true;
  const absl::StatusOr<bool> added = group.AddConsumer(call.arg(3));
  if (!added.ok()) {
    ReplyStatus(call.reply, added.status());
    return false;
  }
  if (*added) NotifyKeyspace(call, kEventStream, "xgroup-createconsumer", call.arg(1));
  return true;
}

// An id that is given twice is claimed twice, one after the other.
std::vector<std::span<const EntryId>> WithoutRepeats(std::span<const EntryId> ids) {
  std::vector<std::span<const EntryId>> runs;
  std::set<EntryId> seen;
  size_t begin = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (seen.insert(ids[i]).second) continue;
    runs.push_back(ids.subspan(begin, i - begin));
    begin = i;
    seen = {ids[i]};
  }
  runs.push_back(ids.subspan(begin));
  return runs;
}

}  // namespace

void HandleXclaim(Call& call) {
  std::optional<Group> group = RequireGroup(call, call.arg(1), call.arg(2), NoGroup::kOfClaiming);
  if (!group) return;
  XclaimArgs args;
  if (!ParseMinIdle(call, call.arg(4), &args.options)) return;
  if (const ParseError error = args.Parse(call); !error.empty()) return call.reply.Error(error);
  if (!TellOfConsumer(call, *group)) return;
  const size_t mark = call.reply.Mark();
  size_t written = 0;
  for (const std::span<const EntryId> ids : WithoutRepeats(args.ids)) {
    const absl::StatusOr<Claimed> claimed = group->Claim(call.arg(3), ids, args.options);
    if (!claimed.ok()) {
      call.reply.Rewind(mark);
      return ReplyStatus(call.reply, claimed.status());
    }
    written += WriteTaken(call.reply, claimed->taken, args.just_id);
  }
  call.reply.ArrayAt(mark, written);
}

void HandleXautoclaim(Call& call) {
  // XAUTOCLAIM key group consumer min-idle start [COUNT n] [JUSTID]
  ClaimOptions options;
  if (!ParseMinIdle(call, call.arg(4), &options)) return;
  EntryId start;
  if (const ParseError error = ParseRangeStart(call.arg(5), &start); !error.empty()) {
    return call.reply.Error(error);
  }
  int64_t count = kAutoClaimCount;
  bool just_id = false;
  for (size_t at = 6; at < call.argc(); ++at) {
    if (Is(call.arg(at), "JUSTID")) {
      just_id = true;
      options.counts = false;
    } else if (Is(call.arg(at), "COUNT") && at + 1 < call.argc()) {
      if (!ParseNumber(call.arg(++at), &count) || count <= 0 || count > kAutoClaimCountMax) {
        return call.reply.Error("ERR COUNT must be > 0");
      }
    } else {
      return call.reply.Error(kSyntaxError);
    }
  }
  std::optional<Group> group = RequireGroup(call, call.arg(1), call.arg(2), NoGroup::kOfClaiming);
  if (!group) return;
  if (!TellOfConsumer(call, *group)) return;
  const auto most = static_cast<uint64_t>(count);
  static_assert(kAutoClaimCountMax <= INT64_MAX / static_cast<int64_t>(kScanFactor));
  const uint64_t scan = most * kScanFactor;
  const absl::StatusOr<Claimed> claimed = group->AutoClaim(call.arg(3), start, most, options, scan);
  if (!claimed.ok()) return ReplyStatus(call.reply, claimed.status());
  call.reply.Array(3);
  call.reply.Id(claimed->next);
  const size_t mark = call.reply.Mark();
  call.reply.ArrayAt(mark, WriteTaken(call.reply, claimed->taken, just_id));
  call.reply.Array(claimed->gone.size());
  for (const EntryId id : claimed->gone) call.reply.Id(id);
}

}  // namespace evlog::server
