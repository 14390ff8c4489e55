#include "server/commands/groups.h"

#include <fmt/format.h>

#include <algorithm>

#include "log/base/status.h"
#include "server/commands/entries.h"
#include "server/commands/keys.h"
#include "server/commands/stream_args.h"
#include "server/wire/error_map.h"

namespace evlog::server {

std::string NoGroupText(NoGroup words, std::string_view key, std::string_view group) {
  switch (words) {
    case NoGroup::kOfXgroup:
      return fmt::format("NOGROUP No such consumer group '{}' for key name '{}'",
                         std::string(group), std::string(key));
    case NoGroup::kOfRead:
      return fmt::format(
          "NOGROUP No such key '{}' or consumer group '{}' in XREADGROUP with GROUP option",
          std::string(key), std::string(group));
    case NoGroup::kOfClaiming:
      break;
  }
  return fmt::format("NOGROUP No such key '{}' or consumer group '{}'", std::string(key),
                     std::string(group));
}

absl::StatusOr<Group> OpenGroupOf(const Call& call, std::string_view key, std::string_view group) {
  ASSIGN_OR_RETURN(Stream stream, OpenKey(call, key, IfMissing::kError));
  ASSIGN_OR_RETURN(Group opened, call.log().OpenGroup(key, group));
  if (call.opened != nullptr) *call.opened = {std::string(key), std::move(stream), opened};
  return opened;
}

std::optional<Group> RequireGroup(Call& call, std::string_view key, std::string_view group,
                                  NoGroup words) {
  absl::StatusOr<Group> opened = OpenGroupOf(call, key, group);
  if (opened.ok()) return *std::move(opened);
  if (absl::IsNotFound(opened.status())) {
    call.reply.Error(NoGroupText(words, key, group));
  } else {
    ReplyStatus(call.reply, opened.status());
  }
  return std::nullopt;
}

absl::StatusOr<GroupDescription> DescribeGroup(Group& group) {
  ASSIGN_OR_RETURN(GroupDescription is, group.Describe());
  std::sort(is.consumers.begin(), is.consumers.end(),
            [](const GroupConsumer& a, const GroupConsumer& b) { return a.name < b.name; });
  return is;
}

bool ParseIds(Call& call, size_t from, size_t to, std::vector<EntryId>* ids) {
  for (size_t i = from; i < to; ++i) {
    if (ParseId(call.arg(i), 0, &ids->emplace_back())) continue;
    call.reply.Error(kInvalidId);
    return false;
  }
  return true;
}

size_t WriteDeliveries(RespWriter& reply, const Deliveries& deliveries, bool with_claim) {
  size_t written = 0;
  for (const Delivery& run : deliveries.runs) {
    for (const EntryView& entry : run.entries) {
      ++written;
      if (!with_claim) {
        WriteEntry(reply, entry);
        continue;
      }
      reply.Array(4);
      WriteEntryBody(reply, entry);
      reply.Integer(absl::ToInt64Milliseconds(run.idle));
      reply.Integer(static_cast<int64_t>(run.deliveries) - 1);
    }
  }
  return written;
}

size_t WriteDeliveredIds(RespWriter& reply, const Deliveries& deliveries) {
  size_t written = 0;
  for (const Delivery& run : deliveries.runs) {
    for (const EntryView& entry : run.entries) {
      reply.Id(entry.id);
      ++written;
    }
  }
  return written;
}

}  // namespace evlog::server
