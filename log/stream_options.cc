#include "evlog/stream_options.h"

#include "evlog/limits.h"

#include "log/base/status.h"

namespace evlog {

absl::Status Retention::Validate() const {
  if (max_age && (*max_age <= absl::ZeroDuration() || *max_age == absl::InfiniteDuration())) {
    return InvalidArgument("max_age is {}; it must be a positive time",
                           absl::FormatDuration(*max_age));
  }
  return absl::OkStatus();
}

absl::Status StreamOptions::Validate() const {
  if (partitions < 1 || partitions > kPartitionsMax) {
    return InvalidArgument("partitions is {}; it must be in 1..{}", partitions, kPartitionsMax);
  }
  RETURN_IF_ERROR(retention.Validate());
  if (idempotence_window <= absl::ZeroDuration() || idempotence_window > kIdempotenceWindowMax) {
    return InvalidArgument("idempotence_window is {}; it must be above 0 and at most {}",
                           absl::FormatDuration(idempotence_window),
                           absl::FormatDuration(kIdempotenceWindowMax));
  }
  if (idempotence_ids < 1 || idempotence_ids > kIdempotenceIdsMax) {
    return InvalidArgument("idempotence_ids is {}; it must be in 1..{}", idempotence_ids,
                           kIdempotenceIdsMax);
  }
  switch (durability) {
    case Durability::kAsync:
    case Durability::kOs:
    case Durability::kSync:
      return absl::OkStatus();
  }
  return InvalidArgument(
      "durability is {}; it must be in {}..{}", static_cast<unsigned>(durability),
      static_cast<unsigned>(Durability::kAsync), static_cast<unsigned>(Durability::kSync));
}

}  // namespace evlog
