#include "groups/lease_shares.h"

#include <algorithm>

namespace evlog {

LeaseShares::LeaseShares(std::span<const Lease> leases, ConsumerNumber who,
                         std::span<const ConsumerNumber> live)
    : leases_(leases.begin(), leases.end()), who_(who) {
  for (const ConsumerNumber consumer : live) counts_[consumer] = 0;
  for (const Lease& lease : leases_) {
    const auto it = counts_.find(lease.owner);
    if (it != counts_.end()) ++it->second;
  }
  share_ = (leases_.size() + counts_.size() - 1) / counts_.size();
  const size_t mine = counts_[who_];
  size_t kept = mine;  // so many of its own, the first
  for (const auto& [consumer, count] : counts_) {
    if (consumer != who_ && count + 1 < mine) {
      kept = std::min(kept, std::max(count + 1, leases_.size() / counts_.size()));
    }
  }
  size_t own = 0;
  for (const Lease& lease : leases_) {
    spare_.push_back(lease.owner == who_ && own++ >= kept);
  }
}

bool LeaseShares::MayHave(uint16_t partition) const {
  const ConsumerNumber owner = leases_[partition].owner;
  if (owner == who_) return !spare_[partition];
  const size_t mine = counts_.find(who_)->second;
  const auto other = counts_.find(owner);
  return other == counts_.end() ? mine < share_ : other->second > mine + 1;
}

void LeaseShares::Take(uint16_t partition) {
  Lease& lease = leases_[partition];
  if (lease.owner == who_) return;
  if (const auto other = counts_.find(lease.owner); other != counts_.end()) --other->second;
  lease.owner = who_;
  ++counts_[who_];
}

}  // namespace evlog
