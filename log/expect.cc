#include "evlog/expect.h"

#include <string>

#include "absl/strings/cord.h"
#include "log/base/bytes.h"

namespace evlog {

namespace {

constexpr char kPayload[] = "evlog/conflict";

}  // namespace

std::optional<Conflict> ConflictOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayload);
  if (!payload.has_value()) return std::nullopt;
  const std::string bytes(*payload);
  ByteReader reader(bytes);
  Conflict conflict;
  conflict.partition = static_cast<uint16_t>(reader.ReadVarint());
  conflict.next_offset = reader.ReadVarint();
  conflict.last_id.ms = reader.ReadVarint();
  conflict.last_id.seq = reader.ReadVarint();
  if (reader.left() != 0) conflict.last_sequence = reader.ReadVarint();
  if (!reader.ok()) return std::nullopt;
  return conflict;
}

namespace internal {

void AttachConflict(const Conflict& conflict, absl::Status* status) {
  std::string bytes;
  AppendVarint(&bytes, conflict.partition);
  AppendVarint(&bytes, conflict.next_offset);
  AppendVarint(&bytes, conflict.last_id.ms);
  AppendVarint(&bytes, conflict.last_id.seq);
  if (conflict.last_sequence) AppendVarint(&bytes, *conflict.last_sequence);
  status->SetPayload(kPayload, absl::Cord(bytes));
}

}  // namespace internal

}  // namespace evlog
