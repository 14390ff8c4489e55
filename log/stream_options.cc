#include "evlog/stream_options.h"

#include "log/base/status.h"

namespace evlog {

absl::Status StreamOptions::Validate() const {
  if (partitions < 1 || partitions > kPartitionsMax) {
    return InvalidArgument("partitions is {}; it must be in 1..{}", partitions, kPartitionsMax);
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
