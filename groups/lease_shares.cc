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
  kept_ = mine;
  for (const auto& [consumer, count] : counts_) {
    if (consumer != who_ && count + 1 < mine) {
      kept_ = std::min(kept_, std::max(count + 1, leases_.size() / counts_.size()));
    }
  }
}

bool LeaseShares::MayHave(uint16_t partition) const {
  const ConsumerNumber owner = leases_[partition].owner;
  const size_t mine = counts_.find(who_)->second;
  if (owner == who_) {
    const auto before = std::count_if(leases_.begin(), leases_.begin() + partition,
                                      [this](const Lease& lease) { return lease.owner == who_; });
    return static_cast<size_t>(before) < kept_;
  }
  const auto other = counts_.find(owner);
  return other == counts_.end() ? mine < share_ : other->second > mine + 1;
}

void LeaseShares::Take(uint16_t partition) {
  Lease& lease = leases_[partition];
  if (lease.owner == who_) return;
  if (const auto other = counts_.find(lease.owner); other != counts_.end()) --other->second;
  lease.owner = who_;
  ++counts_[who_];
  ++kept_;
}

}  // namespace evlog
