// Which partitions of an ordered group a consumer may have: its share of them.
//
// Consumers that are there share the partitions evenly. A partition that nobody has goes to who is
// below its share; one that somebody has goes to a consumer that would still have fewer, and who
// has more than others leaves what is over to them. So each consumer that comes gets its share one
// partition at a time, each as soon as nothing of it is being handled, and the others go on.
#ifndef EVLOG_GROUPS_LEASE_SHARES_H_
#define EVLOG_GROUPS_LEASE_SHARES_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "groups/group_change.h"
#include "groups/pending.h"

namespace evlog {

// For one decision. Not thread-safe.
class LeaseShares {
 public:
  // `leases`: by partition. `live`: the consumers that are there, `who` among them.
  LeaseShares(std::span<const Lease> leases, ConsumerNumber who,
              std::span<const ConsumerNumber> live);

  // `who` may have the next entries of the partition, of which nothing is being handled.
  bool MayHave(uint16_t partition) const;
  // It has them.
  void Take(uint16_t partition);

 private:
  std::vector<Lease> leases_;
  const ConsumerNumber who_;
  absl::flat_hash_map<ConsumerNumber, size_t> counts_;  // of those that are there
  size_t share_;                                        // of each, rounded up
  std::vector<bool> spare_;  // by partition: its own, which it leaves to others
};

}  // namespace evlog

#endif  // EVLOG_GROUPS_LEASE_SHARES_H_
