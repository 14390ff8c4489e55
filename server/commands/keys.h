// Keys as streams of the selected database.
#ifndef EVLOG_SERVER_COMMANDS_KEYS_H_
#define EVLOG_SERVER_COMMANDS_KEYS_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "server/call.h"

namespace evlog::server {

// A stream whose time is up is dropped, and NOT_FOUND, though the background has not come to it.
// So is a name that no stream can have. On the storage pool.
absl::StatusOr<StreamInfo> DescribeKey(const Call& call, std::string_view key);
absl::StatusOr<Stream> OpenKey(const Call& call, std::string_view key, IfMissing if_missing);

// The largest id that was deleted; Min(): none.
EntryId MaxDeletedId(const StreamInfo& info);

// Whether there is such a stream; replies with the error where that cannot be told.
enum class Presence : uint8_t { kMissing, kThere, kError };
Presence FindKey(Call& call, std::string_view key);
// The same where an error counts as missing: what follows runs into it again.
bool HasKey(const Call& call, std::string_view key);

}  // namespace evlog::server

#endif  // EVLOG_SERVER_COMMANDS_KEYS_H_
