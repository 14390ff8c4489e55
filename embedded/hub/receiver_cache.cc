#include "embedded/hub/receiver_cache.h"

#include <utility>

#include "log/base/bytes.h"

namespace evlog::internal {

ReceiverCache::Lease::Lease(const SubscriberTable& table, std::string_view channel, bool sharded) {
  static thread_local ReceiverCache cache;
  // What the entry held may own the last of something that calls back when it goes: last of all.
  std::shared_ptr<const Receivers> found;
  const uint64_t hash = TransparentHash()(channel);
  // Before the look-up: a change meanwhile makes the entry stale, not what was found late.
  const SubscriberTable::Versions versions = table.VersionsOf(hash);
  Entry& entry = cache.entries_[(hash / SubscriberTable::kShards + table.id()) % kEntries];
  const bool same =
      entry.table == table.id() && entry.sharded == sharded && entry.channel == channel;
  if (same && entry.versions == versions) {
    receivers_ = entry.receivers.get();
  } else {
    found = table.Find(channel, sharded);
    receivers_ = found.get();
    if (entry.in_use != 0) {
      own_ = std::move(found);
      return;
    }
    entry.table = table.id();
    entry.sharded = sharded;
    entry.channel = channel;
    entry.versions = versions;
    entry.receivers.swap(found);
  }
  entry_ = &entry;
  ++entry.in_use;
}

}  // namespace evlog::internal
