// The windows of the producers that are at work: found, loaded, and forgotten again.
#ifndef EVLOG_LOG_PRODUCER_WINDOWS_H_
#define EVLOG_LOG_PRODUCER_WINDOWS_H_

#include <atomic>
#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "log/base/bytes.h"
#include "log/base/mutex.h"
#include "log/producer_window.h"
#include "log/store/store.h"

namespace evlog {

// Thread-safe.
class ProducerWindows {
 public:
  // Windows that take more than `bytes_max` together are forgotten, those unused for longest first;
  // those that requests hold stay.
  ProducerWindows(const Store* store, size_t bytes_max) : store_(store), bytes_max_(bytes_max) {}

  // The window, loaded. Reads the store when it is not in memory. Errors: those of the store;
  // DATA_LOSS.
  absl::StatusOr<std::shared_ptr<ProducerWindow>> Pin(StreamId stream, std::string_view producer)
      ABSL_LOCKS_EXCLUDED(mu_);

  // After the store was reopened, while no request is sequenced: what is in memory may not have
  // been written.
  absl::Status Reload() ABSL_LOCKS_EXCLUDED(mu_);

  size_t size() const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  using Recent = std::list<std::shared_ptr<ProducerWindow>>;  // the newest use first

  void Evict() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Store* const store_;
  const size_t bytes_max_;
  std::atomic<size_t> bytes_{0};

  mutable Mutex mu_;
  Recent recent_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<std::string, Recent::iterator, TransparentHash, std::equal_to<>> windows_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace evlog

#endif  // EVLOG_LOG_PRODUCER_WINDOWS_H_
