#include "log/parked_readers.h"

#include <iterator>
#include <utility>

namespace evlog {

void ParkedReaders::Park(EntryId from, PartitionReader reader, uint64_t generation) {
  const size_t bytes = reader.window_memory();
  if (bytes > kBytesMax) return;
  std::list<Parked> made, evicted;  // allocated and freed without the lock
  made.push_back({from, bytes, std::move(reader)});
  MutexLock lock(mu_);
  if (generation != generation_.load(std::memory_order_relaxed)) return;
  parked_.splice(parked_.begin(), made);
  bytes_ += bytes;
  while (bytes_ > kBytesMax || parked_.size() > kReadersMax) {
    bytes_ -= parked_.back().bytes;
    evicted.splice(evicted.begin(), parked_, std::prev(parked_.end()));
  }
}

std::optional<PartitionReader> ParkedReaders::Take(const StreamState& stream, uint16_t partition,
                                                   EntryId from) {
  std::list<Parked> taken;
  {
    MutexLock lock(mu_);
    for (auto it = parked_.begin(); it != parked_.end(); ++it) {
      if (it->from != from || !it->reader.Reads(stream, partition)) continue;
      bytes_ -= it->bytes;
      taken.splice(taken.begin(), parked_, it);
      break;
    }
  }
  if (taken.empty()) return std::nullopt;
  PartitionReader& reader = taken.front().reader;
  // A reader that had stood there all the time would miss what was trimmed; a new one begins behind
  // it without a word.
  if (stream.Head(partition).first_offset > reader.offset()) return std::nullopt;
  return std::move(reader);
}

void ParkedReaders::Clear() {
  std::list<Parked> gone;
  MutexLock lock(mu_);
  generation_.fetch_add(1, std::memory_order_release);
  gone.swap(parked_);
  bytes_ = 0;
}

size_t ParkedReaders::size() const {
  MutexLock lock(mu_);
  return parked_.size();
}

}  // namespace evlog
