// All clients of a server, by id.
#ifndef EVLOG_SERVER_CLIENT_REGISTRY_H_
#define EVLOG_SERVER_CLIENT_REGISTRY_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "log/base/mutex.h"
#include "server/client.h"

namespace evlog::server {

// What one client may do to another, from any thread.
class ClientControl {
 public:
  virtual ~ClientControl() = default;
  // Cuts it off.
  virtual void Kill(uint64_t client) = 0;
  // Ends its waiting, by an error or as if its time were up.
  virtual void Unblock(uint64_t client, bool with_error) = 0;
};

class ClientRegistry {
 public:
  struct Entry {
    std::shared_ptr<Client> client;
    ClientControl* control = nullptr;  // lives as long as the server
  };

  uint64_t NextId() { return next_id_.fetch_add(1, std::memory_order_relaxed); }
  // Takes a place for one that is on its way to its thread. False: there are `max` already.
  bool Admit(size_t max) ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    if (entries_.size() + admitted_ >= max) return false;
    ++admitted_;
    return true;
  }
  // One that was admitted has come, or was gone before.
  void Add(Entry entry) ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    --admitted_;
    const uint64_t id = entry.client->id;
    entries_.emplace(id, std::move(entry));
  }
  void GiveUp() ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    --admitted_;
  }
  void Remove(uint64_t id) ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    entries_.erase(id);
  }
  // Null client: none of that id.
  Entry Find(uint64_t id) const ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    const auto found = entries_.find(id);
    return found == entries_.end() ? Entry{} : found->second;
  }
  // In the order in which they came.
  std::vector<Entry> List() const ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    std::vector<Entry> all;
    all.reserve(entries_.size());
    for (const auto& [id, entry] : entries_) all.push_back(entry);
    return all;
  }
  size_t size() const ABSL_LOCKS_EXCLUDED(mu_) {
    MutexLock lock(mu_);
    return entries_.size();
  }

 private:
  std::atomic<uint64_t> next_id_{1};
  mutable Mutex mu_;
  size_t admitted_ ABSL_GUARDED_BY(mu_) = 0;  // and not yet in entries_
  std::map<uint64_t, Entry> entries_ ABSL_GUARDED_BY(mu_);
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_CLIENT_REGISTRY_H_
