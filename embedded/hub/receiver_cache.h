// What a thread has lately published to, and who receives it.
#ifndef EVLOG_EMBEDDED_HUB_RECEIVER_CACHE_H_
#define EVLOG_EMBEDDED_HUB_RECEIVER_CACHE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "embedded/hub/subscriber_table.h"

namespace evlog::internal {

// One for each thread: no lock, and no count that threads share, stands between a publisher and
// its receivers while subscriptions do not change. Holds kEntries channels, of all hubs together;
// an entry of a hub that is gone holds ended subscribers, which own next to nothing, until
// another takes its place or the thread ends.
class ReceiverCache {
  struct Entry {
    uint64_t table = 0;
    SubscriberTable::Versions versions;
    bool sharded = false;
    uint32_t in_use = 0;
    std::string channel;
    std::shared_ptr<const Receivers> receivers;
  };

 public:
  // Receivers of a channel as they are now, kept for as long as this lives.
  class Lease {
   public:
    Lease(const SubscriberTable& table, std::string_view channel, bool sharded);
    ~Lease() {
      if (entry_ != nullptr) --entry_->in_use;
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    const Receivers& operator*() const { return *receivers_; }
    const Receivers* operator->() const { return receivers_; }

   private:
    Entry* entry_ = nullptr;  // null: `own_` keeps them, as a publish further out uses the entry
    const Receivers* receivers_;
    std::shared_ptr<const Receivers> own_;
  };

 private:
  static constexpr size_t kEntries = 64;

  std::array<Entry, kEntries> entries_;
};

}  // namespace evlog::internal

#endif  // EVLOG_EMBEDDED_HUB_RECEIVER_CACHE_H_
