#include "groups/group_options.h"

#include "log/base/status.h"

namespace evlog {

namespace {

constexpr absl::Duration kWaitMax = absl::Hours(24 * 366 * 100);

uint64_t ToMs(absl::Duration duration) {
  return static_cast<uint64_t>(absl::ToInt64Milliseconds(duration));
}

}  // namespace

absl::Status GroupOptions::Validate() const {
  if (durability != Durability::kOs && durability != Durability::kSync) {
    return InvalidArgument("durability of a group is {}; it must be os or sync",
                           static_cast<unsigned>(durability));
  }
  if (ack_wait < absl::Milliseconds(1) ||
      (ack_wait > kWaitMax && ack_wait != absl::InfiniteDuration())) {
    return InvalidArgument("ack_wait is {}; it must be at least 1ms, and at most 100 years or inf",
                           absl::FormatDuration(ack_wait));
  }
  if (order != Order::kShared && order != Order::kOrdered) {
    return InvalidArgument("order of a group is {}; it must be shared or ordered",
                           static_cast<unsigned>(order));
  }
  if (poison != Poison::kPark && poison != Poison::kBlock) {
    return InvalidArgument("poison of a group is {}; it must be park or block",
                           static_cast<unsigned>(poison));
  }
  if (order == Order::kOrdered && (ack_wait == absl::InfiniteDuration() || !redelivers)) {
    return InvalidArgument(
        "an ordered group must deliver again by itself: ack_wait must be finite, and redelivers "
        "true");
  }
  if (backoff.size() > kBackOffStepsMax) {
    return InvalidArgument("backoff has {} steps; {} are the most there may be", backoff.size(),
                           kBackOffStepsMax);
  }
  for (const absl::Duration step : backoff) {
    if (step < absl::Milliseconds(1) || step > kWaitMax) {
      return InvalidArgument("a step of backoff is {}; it must be in 1ms..100 years",
                             absl::FormatDuration(step));
    }
  }
  return absl::OkStatus();
}

PendingPolicy PolicyOf(const GroupOptions& options) {
  PendingPolicy policy;
  if (options.ack_wait != absl::InfiniteDuration()) policy.ack_wait_ms = ToMs(options.ack_wait);
  for (const absl::Duration step : options.backoff) policy.backoff_ms.push_back(ToMs(step));
  policy.max_deliveries = options.max_deliveries;
  policy.redelivers = options.redelivers;
  policy.ordered = options.order == GroupOptions::Order::kOrdered;
  policy.dead_letters = !options.dead_letters.empty() &&
                        !(policy.ordered && options.poison == GroupOptions::Poison::kBlock);
  return policy;
}

}  // namespace evlog
