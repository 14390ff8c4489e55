#include "server/commands/key_version.h"

#include "server/commands/keys.h"

namespace evlog::server {

absl::StatusOr<std::optional<KeyVersion>> FindVersion(const Call& call, std::string_view key) {
  const absl::StatusOr<StreamInfo> info = DescribeKey(call, key);
  if (absl::IsNotFound(info.status())) return std::optional<KeyVersion>();
  if (!info.ok()) return info.status();
  return KeyVersion{info->stream_id, info->last_id, info->entries, info->options.expires_at};
}

}  // namespace evlog::server
