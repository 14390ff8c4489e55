// The newest chunks of all partitions, kept in memory under one bound, so that a consumer that
// keeps up never touches the store. Only the committer fills it, in commit order; the oldest goes
// first, so what is cached of a partition is always a contiguous end of it.
#ifndef EVLOG_LOG_TAIL_CACHE_H_
#define EVLOG_LOG_TAIL_CACHE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

#include "log/stream_state.h"

namespace evlog {

// Owned by the leader of the committer; the chunks themselves are in the StreamStates.
class TailCache {
 public:
  explicit TailCache(size_t bytes_max) : bytes_max_(bytes_max) {}

  bool enabled() const { return bytes_max_ != 0; }

  // Says that a chunk was added to the tail of a partition, which takes `bytes` more now.
  void Added(const std::shared_ptr<StreamState>& stream, uint16_t partition, size_t bytes) {
    SetBytes(bytes_.load(std::memory_order_relaxed) + bytes);
    order_.emplace_back(stream, partition);
  }

  // Drops the oldest until the bound holds. The caller holds no lock of a stream.
  void Evict() {
    size_t bytes = bytes_.load(std::memory_order_relaxed);
    if (bytes <= bytes_max_) return;
    while (bytes > bytes_max_ && !order_.empty()) {
      auto& [stream, partition] = order_.front();
      bytes -= stream->DropOldest(partition);
      order_.pop_front();
    }
    SetBytes(bytes);
  }

  // Forgets everything; the streams have dropped their chunks (StreamState::Reset).
  void Clear() {
    order_.clear();
    SetBytes(0);
  }

  // Thread-safe.
  size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  // Only the leader sets it, so it needs no more than a plain store.
  void SetBytes(size_t bytes) { bytes_.store(bytes, std::memory_order_relaxed); }

  const size_t bytes_max_;
  std::atomic<size_t> bytes_{0};
  std::deque<std::pair<std::shared_ptr<StreamState>, uint16_t>> order_;
};

}  // namespace evlog

#endif  // EVLOG_LOG_TAIL_CACHE_H_
