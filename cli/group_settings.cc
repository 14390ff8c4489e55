#include "cli/group_settings.h"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/durability.h"
#include "cli/duration.h"
#include "cli/size.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr std::string_view kNone = "none";

// Durations with commas between; `none` is no step.
absl::StatusOr<std::vector<absl::Duration>> ParseSteps(std::string_view text) {
  std::vector<absl::Duration> steps;
  if (text == kNone) return steps;
  for (;;) {
    const size_t comma = text.find(',');
    const absl::StatusOr<absl::Duration> step = ParseDuration(text.substr(0, comma));
    if (!step.ok()) return Annotate(step.status(), "--backoff");
    steps.push_back(*step);
    if (comma == std::string_view::npos) return steps;
    text.remove_prefix(comma + 1);
  }
}

// At least 1 and at most `max`, or `none`, which is 0 to the library.
absl::StatusOr<uint64_t> ParseLimit(const char* flag, std::string_view text, uint64_t max) {
  if (text == kNone) return 0;
  const absl::StatusOr<uint64_t> limit = ParseCount(text);
  if (!limit.ok()) return Annotate(limit.status(), flag);
  if (*limit == 0 || *limit > max) {
    return InvalidArgument("{} {}: 1 to {}, or none", flag, *limit, max);
  }
  return *limit;
}

}  // namespace

void GroupSettings::AddTo(CLI::App* app, bool change) {
  app->add_option(
         "--order", order,
         "shared: any entry to any consumer; ordered: the entries of a partition one after "
         "the other")
      ->type_name("ORDER");
  app->add_option("--poison", poison,
                  "In an ordered group, an entry that is given up is parked (park), or blocks its "
                  "partition (block)")
      ->type_name("POLICY");
  app->add_option("--ack-wait", ack_wait,
                  "How long a consumer may have an entry before another one gets it (30s); or none")
      ->type_name("DURATION");
  app->add_option("--backoff", backoff,
                  "Instead, after the first, second, ... delivery: 1s,10s,1m; or none")
      ->type_name("D,D,...");
  app->add_option("--max-deliveries", max_deliveries,
                  "Deliver an entry at most so often by itself; or none")
      ->type_name("N");
  app->add_option("--dead-letters", dead_letters,
                  "The stream that takes what was given up; made when it is needed")
      ->type_name("STREAM");
  if (change) {
    app->add_flag("--no-dead-letters", no_dead_letters,
                  "What was given up stays pending, and only claims deliver it");
  }
  app->add_option("--max-in-flight", max_in_flight,
                  "Deliver nothing new while consumers have so many entries; or none")
      ->type_name("N");
  app->add_option("--max-in-flight-of-consumer", max_in_flight_of_consumer,
                  "The same of each consumer; or none")
      ->type_name("N");
  app->add_option("--durability", durability,
                  "Deliveries and acknowledgments wait for the disk (sync), or for the operating "
                  "system (os)")
      ->type_name("LEVEL");
  app->add_flag("--redeliver", redeliver, "Deliver again what was not acknowledged in time");
  app->add_flag("--no-redeliver", no_redeliver, "Deliver nothing again but to claims, as in Redis");
}

bool GroupSettings::given() const {
  return order || poison || ack_wait || backoff || max_deliveries || dead_letters ||
         no_dead_letters || max_in_flight || max_in_flight_of_consumer || durability || redeliver ||
         no_redeliver;
}

absl::Status GroupSettings::Apply(std::string_view stream, GroupOptions* options) const {
  RETURN_IF_ERROR(ApplyOrder(options));
  RETURN_IF_ERROR(ApplyWaits(options));
  RETURN_IF_ERROR(ApplyLimits(options));
  if (dead_letters.has_value() && no_dead_letters) {
    return InvalidArgument("--dead-letters and --no-dead-letters exclude each other");
  }
  if (dead_letters.has_value() && dead_letters->empty()) {
    return InvalidArgument("--dead-letters: the name of a stream is expected");
  }
  if (dead_letters == stream) {
    return InvalidArgument("--dead-letters {}: that is the stream of the group itself",
                           Quoted(stream));
  }
  if (dead_letters.has_value()) options->dead_letters = *dead_letters;
  if (no_dead_letters) options->dead_letters.clear();
  if (durability.has_value()) {
    ASSIGN_OR_RETURN(options->durability, ParseDurability(*durability));
    if (options->durability == Durability::kAsync) {
      return InvalidArgument("--durability async: of a group it is sync or os");
    }
  }
  if (redeliver && no_redeliver) {
    return InvalidArgument("--redeliver and --no-redeliver exclude each other");
  }
  if (redeliver || no_redeliver) options->redelivers = redeliver;
  RETURN_IF_ERROR(CheckAckWait(*options));
  return options->Validate();
}

// It would be kept, and nothing would come of it.
absl::Status GroupSettings::CheckAckWait(const GroupOptions& options) const {
  if (options.redelivers || !ack_wait.has_value() || ack_wait == kNone) return absl::OkStatus();
  if (no_redeliver) return InvalidArgument("--ack-wait and --no-redeliver exclude each other");
  return InvalidArgument(
      "--ack-wait {}: the group delivers nothing again by itself; give --redeliver as well",
      *ack_wait);
}

absl::Status GroupSettings::ApplyOrder(GroupOptions* options) const {
  if (order == "shared") {
    options->order = GroupOptions::Order::kShared;
  } else if (order == "ordered") {
    options->order = GroupOptions::Order::kOrdered;
  } else if (order.has_value()) {
    return InvalidArgument("--order {}: it is shared or ordered", Quoted(*order));
  }
  if (poison == "park") {
    options->poison = GroupOptions::Poison::kPark;
  } else if (poison == "block") {
    options->poison = GroupOptions::Poison::kBlock;
  } else if (poison.has_value()) {
    return InvalidArgument("--poison {}: it is park or block", Quoted(*poison));
  }
  return absl::OkStatus();
}

absl::Status GroupSettings::ApplyWaits(GroupOptions* options) const {
  if (ack_wait == kNone) {
    options->ack_wait = absl::InfiniteDuration();
  } else if (ack_wait.has_value()) {
    const absl::StatusOr<absl::Duration> wait = ParseDuration(*ack_wait);
    if (!wait.ok()) return Annotate(wait.status(), "--ack-wait");
    options->ack_wait = *wait;
  }
  if (backoff.has_value()) {
    ASSIGN_OR_RETURN(options->backoff, ParseSteps(*backoff));
  }
  return absl::OkStatus();
}

absl::Status GroupSettings::ApplyLimits(GroupOptions* options) const {
  if (max_deliveries.has_value()) {
    // The largest count means that an entry was refused for good.
    ASSIGN_OR_RETURN(const uint64_t limit,
                     ParseLimit("--max-deliveries", *max_deliveries, UINT32_MAX - 1));
    options->max_deliveries = static_cast<uint32_t>(limit);
  }
  if (max_in_flight.has_value()) {
    ASSIGN_OR_RETURN(options->max_in_flight,
                     ParseLimit("--max-in-flight", *max_in_flight, INT64_MAX));
  }
  if (max_in_flight_of_consumer.has_value()) {
    ASSIGN_OR_RETURN(
        options->max_in_flight_of_consumer,
        ParseLimit("--max-in-flight-of-consumer", *max_in_flight_of_consumer, INT64_MAX));
  }
  return absl::OkStatus();
}

}  // namespace evlog::cli
