#include "server/commands/keys.h"

#include <algorithm>

#include "log/base/status.h"
#include "server/keyspace_events.h"

namespace evlog::server {

namespace {

bool IsExpired(const StreamOptions& options, absl::Time now) {
  return options.expires_at && *options.expires_at <= now;
}

absl::Status Missing() { return absl::NotFoundError("no such key"); }

bool CanBeName(std::string_view key) { return !key.empty() && key.size() <= kStreamNameBytesMax; }

absl::Status DropExpired(const Call& call, std::string_view key) {
  const absl::Status dropped = call.log().DropStream(key);
  if (dropped.ok()) {
    call.core.stats().expired.fetch_add(1, std::memory_order_relaxed);
    NotifyKeyspace(call, kEventExpired, "expired", key);
  }
  return absl::IsNotFound(dropped) ? absl::OkStatus() : dropped;
}

}  // namespace

absl::StatusOr<StreamInfo> DescribeKey(const Call& call, std::string_view key) {
  if (!CanBeName(key)) return Missing();
  ASSIGN_OR_RETURN(StreamInfo info, call.log().DescribeStream(key));
  if (!IsExpired(info.options, call.now)) return info;
  RETURN_IF_ERROR(DropExpired(call, key));
  return Missing();
}

EntryId MaxDeletedId(const StreamInfo& info) {
  EntryId max_deleted;
  for (const PartitionInfo& partition : info.partitions) {
    max_deleted = std::max(max_deleted, partition.max_deleted_id);
  }
  return max_deleted;
}

absl::StatusOr<Stream> OpenKey(const Call& call, std::string_view key, IfMissing if_missing) {
  if (if_missing == IfMissing::kError && !CanBeName(key)) return Missing();
  const StreamOptions& options = call.core.options().stream;
  ASSIGN_OR_RETURN(Stream stream, call.log().OpenStream(key, options, if_missing));
  if (!IsExpired(stream.options(), call.now)) return stream;
  RETURN_IF_ERROR(DropExpired(call, key));
  return call.log().OpenStream(key, options, if_missing);
}

bool HasKey(const Call& call, std::string_view key) {
  return OpenKey(call, key, IfMissing::kError).ok();
}

Presence FindKey(Call& call, std::string_view key) {
  const absl::StatusOr<Stream> stream = OpenKey(call, key, IfMissing::kError);
  if (stream.ok()) return Presence::kThere;
  if (absl::IsNotFound(stream.status())) return Presence::kMissing;
  ReplyStatus(call.reply, stream.status());
  return Presence::kError;
}

}  // namespace evlog::server
