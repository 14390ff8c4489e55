#include "server/commands/setting_tables.h"

#include <string>

#include "server/call.h"

namespace evlog::server {

namespace {

constexpr char kCountOrNone[] = "a number, or none";

constexpr SettingRow<StreamOptions> kStreamRows[] = {
    {"partitions", "1 to 1024",
     [](std::string_view text, StreamOptions* options) {
       uint64_t count = 0;
       if (!ParseCount(text, &count) || count > UINT32_MAX) return false;
       options->partitions = static_cast<uint32_t>(count);
       return true;
     },
     [](const StreamOptions& options) { return std::to_string(options.partitions); },
     /*fixed=*/true},
    {"durability", "async, os or sync",
     [](std::string_view text, StreamOptions* options) {
       return ParseDurability(text, &options->durability);
     },
     [](const StreamOptions& options) { return std::string(ShowDurability(options.durability)); }},
    {"max-entries", kCountOrNone,
     [](std::string_view text, StreamOptions* options) {
       return ParseOptionalCount(text, &options->retention.max_entries);
     },
     [](const StreamOptions& options) { return ShowOptionalCount(options.retention.max_entries); }},
    {"max-bytes", kCountOrNone,
     [](std::string_view text, StreamOptions* options) {
       return ParseOptionalCount(text, &options->retention.max_bytes);
     },
     [](const StreamOptions& options) { return ShowOptionalCount(options.retention.max_bytes); }},
    {"max-age", "milliseconds, or none",
     [](std::string_view text, StreamOptions* options) {
       absl::Duration age;
       if (!ParseMs(text, &age)) return false;
       options->retention.max_age.reset();
       if (age != absl::InfiniteDuration()) options->retention.max_age = age;
       return true;
     },
     [](const StreamOptions& options) {
       return ShowMs(options.retention.max_age.value_or(absl::InfiniteDuration()));
     }},
    {"min-id", "an id, or none",
     [](std::string_view text, StreamOptions* options) {
       return ParseOptionalId(text, &options->retention.min_id);
     },
     [](const StreamOptions& options) { return ShowOptionalId(options.retention.min_id); }},
    {"exact", "yes or no",
     [](std::string_view text, StreamOptions* options) {
       return ParseYesNo(text, &options->retention.exact);
     },
     [](const StreamOptions& options) { return std::string(ShowYesNo(options.retention.exact)); }},
    {"keep-unacknowledged-bytes", "a number; 0: retention does not wait for groups",
     [](std::string_view text, StreamOptions* options) {
       return ParseCount(text, &options->keep_unacknowledged_bytes);
     },
     [](const StreamOptions& options) {
       return std::to_string(options.keep_unacknowledged_bytes);
     }},
    {"expires-at", "milliseconds of the unix epoch, or none",
     [](std::string_view text, StreamOptions* options) {
       absl::Duration since;
       if (!ParseMs(text, &since)) return false;
       options->expires_at.reset();
       if (since != absl::InfiniteDuration()) options->expires_at = absl::UnixEpoch() + since;
       return true;
     },
     [](const StreamOptions& options) {
       return ShowMs(options.expires_at.value_or(absl::InfiniteFuture()) - absl::UnixEpoch());
     }},
    {"idempotence-window", "milliseconds",
     [](std::string_view text, StreamOptions* options) {
       return ParseMs(text, &options->idempotence_window);
     },
     [](const StreamOptions& options) { return ShowMs(options.idempotence_window); }},
    {"idempotence-ids", "1 to 10000",
     [](std::string_view text, StreamOptions* options) {
       uint64_t count = 0;
       if (!ParseCount(text, &count) || count > kIdempotenceIdsMax) return false;
       options->idempotence_ids = static_cast<uint32_t>(count);
       return true;
     },
     [](const StreamOptions& options) { return std::to_string(options.idempotence_ids); }},
};

constexpr size_t kRetentionBegin = 2, kRetentionCount = 5;
static_assert(kStreamRows[kRetentionBegin].name == "max-entries" &&
              kStreamRows[kRetentionBegin + kRetentionCount - 1].name == "exact");

using Order = GroupOptions::Order;
using Poison = GroupOptions::Poison;

constexpr char kLimit[] = "a number; 0: no limit";

constexpr SettingRow<GroupOptions> kGroupRows[] = {
    {"order", "shared or ordered",
     [](std::string_view text, GroupOptions* options) {
       options->order = Is(text, "ORDERED") ? Order::kOrdered : Order::kShared;
       return Is(text, "ORDERED") || Is(text, "SHARED");
     },
     [](const GroupOptions& options) {
       return std::string(options.order == Order::kOrdered ? "ordered" : "shared");
     }},
    {"poison", "park or block",
     [](std::string_view text, GroupOptions* options) {
       options->poison = Is(text, "BLOCK") ? Poison::kBlock : Poison::kPark;
       return Is(text, "BLOCK") || Is(text, "PARK");
     },
     [](const GroupOptions& options) {
       return std::string(options.poison == Poison::kBlock ? "block" : "park");
     }},
    {"durability", "os or sync",
     [](std::string_view text, GroupOptions* options) {
       return ParseDurability(text, &options->durability);
     },
     [](const GroupOptions& options) { return std::string(ShowDurability(options.durability)); }},
    {"redelivers", "yes or no",
     [](std::string_view text, GroupOptions* options) {
       return ParseYesNo(text, &options->redelivers);
     },
     [](const GroupOptions& options) { return std::string(ShowYesNo(options.redelivers)); }},
    {"ack-wait", "milliseconds, or none",
     [](std::string_view text, GroupOptions* options) { return ParseMs(text, &options->ack_wait); },
     [](const GroupOptions& options) { return ShowMs(options.ack_wait); }},
    {"backoff", "milliseconds with commas between, or none",
     [](std::string_view text, GroupOptions* options) {
       return ParseSteps(text, &options->backoff);
     },
     [](const GroupOptions& options) { return ShowSteps(options.backoff); }},
    {"max-deliveries", kLimit,
     [](std::string_view text, GroupOptions* options) {
       uint64_t count = 0;
       if (!ParseCount(text, &count) || count > UINT32_MAX) return false;
       options->max_deliveries = static_cast<uint32_t>(count);
       return true;
     },
     [](const GroupOptions& options) { return std::to_string(options.max_deliveries); }},
    {"dead-letters", "the name of a stream; empty: none",
     [](std::string_view text, GroupOptions* options) {
       options->dead_letters = std::string(text);
       return true;
     },
     [](const GroupOptions& options) { return options.dead_letters; }},
    {"max-in-flight", kLimit,
     [](std::string_view text, GroupOptions* options) {
       return ParseCount(text, &options->max_in_flight);
     },
     [](const GroupOptions& options) { return std::to_string(options.max_in_flight); }},
    {"max-in-flight-of-consumer", kLimit,
     [](std::string_view text, GroupOptions* options) {
       return ParseCount(text, &options->max_in_flight_of_consumer);
     },
     [](const GroupOptions& options) { return std::to_string(options.max_in_flight_of_consumer); }},
    {"paused", "yes or no",
     [](std::string_view text, GroupOptions* options) {
       return ParseYesNo(text, &options->paused);
     },
     [](const GroupOptions& options) { return std::string(ShowYesNo(options.paused)); }},
};

}  // namespace

std::span<const SettingRow<StreamOptions>> StreamSettings() { return kStreamRows; }

std::span<const SettingRow<StreamOptions>> RetentionSettings() {
  return StreamSettings().subspan(kRetentionBegin, kRetentionCount);
}

std::span<const SettingRow<GroupOptions>> GroupSettings() { return kGroupRows; }

}  // namespace evlog::server
