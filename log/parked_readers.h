// Readers that stopped in the middle of a stream, for whoever goes on from there.
//
// A client that reads a stream in portions (XREAD COUNT 100) makes a cursor for each, and names the
// last id that it has. Finding that place again takes three seeks in the store, which cost as much
// as the portion. A reader that is parked knows it, and mostly holds the chunks that come next.
//
// As a PartitionReader holds nothing of the store, one that is never taken costs its chunks alone;
// these are bounded together, and the oldest goes first. It shows what a new reader would: trims
// and deletions are looked up whenever it goes on, and chunks never change.
#ifndef EVLOG_LOG_PARKED_READERS_H_
#define EVLOG_LOG_PARKED_READERS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "evlog/entry_id.h"
#include "log/base/mutex.h"
#include "log/partition_reader.h"

namespace evlog {

// Thread-safe.
class ParkedReaders {
 public:
  static constexpr size_t kReadersMax = 64;
  static constexpr size_t kBytesMax = size_t{16} << 20;

  // `reader` goes forwards, and has handed out everything below `from` that readers see. It is not
  // kept when it began in another generation than there is now.
  void Park(EntryId from, PartitionReader reader, uint64_t generation);

  // A reader of that partition whose next entry is the first one at or after `from`; it is the
  // caller's then. Nothing: there is none, or a trim has taken what it was to read next.
  std::optional<PartitionReader> Take(const StreamState& stream, uint16_t partition, EntryId from);

  // When the store is reopened: chunks may be of commits that are gone then. Begins a generation.
  void Clear();
  uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  size_t size() const;

 private:
  struct Parked {
    EntryId from;
    size_t bytes;
    PartitionReader reader;
  };

  std::atomic<uint64_t> generation_{0};
  mutable Mutex mu_;
  std::list<Parked> parked_ ABSL_GUARDED_BY(mu_);  // newest first
  size_t bytes_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace evlog

#endif  // EVLOG_LOG_PARKED_READERS_H_
