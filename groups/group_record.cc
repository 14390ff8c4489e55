#include "groups/group_record.h"

#include "groups/meta.pb.h"
#include "log/base/status.h"

namespace evlog {

std::string EncodeGroupRecord(const GroupRecord& record) {
  GroupMeta meta;
  meta.set_name(record.name);
  meta.set_durability(static_cast<uint32_t>(record.options.durability));
  const PendingPolicy policy = PolicyOf(record.options);
  if (policy.ack_wait_ms != PendingPolicy::kNever) meta.set_ack_wait_ms(policy.ack_wait_ms);
  for (const uint64_t ms : policy.backoff_ms) meta.add_backoff_ms(ms);
  meta.set_max_deliveries(policy.max_deliveries);
  meta.set_redelivers(policy.redelivers);
  meta.set_head(record.head);
  meta.set_dead_letters(record.options.dead_letters);
  meta.set_max_in_flight(record.options.max_in_flight);
  meta.set_max_in_flight_of_consumer(record.options.max_in_flight_of_consumer);
  meta.set_paused(record.options.paused);
  meta.set_order(static_cast<uint32_t>(record.options.order));
  meta.set_poison(static_cast<uint32_t>(record.options.poison));
  return meta.SerializeAsString();
}

absl::StatusOr<GroupRecord> DecodeGroupRecord(std::string_view value) {
  GroupMeta meta;
  if (!meta.ParseFromArray(value.data(), static_cast<int>(value.size())) || meta.name().empty() ||
      meta.durability() > UINT8_MAX || meta.order() > UINT8_MAX || meta.poison() > UINT8_MAX) {
    return DataLoss("malformed row of a group: {}", Quoted(value));
  }
  const auto duration = [](uint64_t ms) {
    return ms > INT64_MAX ? absl::InfiniteDuration() : absl::Milliseconds(static_cast<int64_t>(ms));
  };
  GroupRecord record;
  record.name = meta.name();
  record.head = meta.head();
  GroupOptions& options = record.options;
  options.durability = static_cast<Durability>(meta.durability());
  options.ack_wait =
      meta.has_ack_wait_ms() ? duration(meta.ack_wait_ms()) : absl::InfiniteDuration();
  for (const uint64_t ms : meta.backoff_ms()) options.backoff.push_back(duration(ms));
  options.max_deliveries = meta.max_deliveries();
  options.redelivers = meta.redelivers();
  options.dead_letters = meta.dead_letters();
  options.max_in_flight = meta.max_in_flight();
  options.max_in_flight_of_consumer = meta.max_in_flight_of_consumer();
  options.paused = meta.paused();
  options.order = static_cast<GroupOptions::Order>(meta.order());
  options.poison = static_cast<GroupOptions::Poison>(meta.poison());
  if (absl::Status status = options.Validate(); !status.ok()) {
    return DataLoss("malformed row of group {}: {}", Quoted(record.name), MessageOf(status));
  }
  return record;
}

}  // namespace evlog
