#include "log/stream_state.h"

#include <algorithm>
#include <utility>

namespace evlog {

StreamState::StreamState(StreamId id, std::string name, StreamOptions options)
    : id_(id),
      name_(std::move(name)),
      options_(options),
      scratch_(options.partitions),
      readable_(options.partitions) {
  assigned_.next_offsets.resize(options.partitions);
}

void StreamState::Reset(const std::vector<PartitionTail>& tails) {
  assigned_.last_id = EntryId::Min();
  MutexLock lock(mu_);
  for (size_t i = 0; i < tails.size(); ++i) {
    assigned_.next_offsets[i] = tails[i].next_offset;
    assigned_.last_id = std::max(assigned_.last_id, tails[i].last_id);
    scratch_[i] = Scratch();
    readable_[i].visible = tails[i];
    readable_[i].tail.reset();
  }
  last_id_ = assigned_.last_id;
  if (waiters_ != 0) wake_->notify_all();
}

void StreamState::AddChunk(const ChunkRef& chunk, bool keep_in_tail, bool visible) {
  const ChunkHeader& header = chunk->header();
  const uint16_t partition = header.partition.partition;
  MutexLock lock(mu_);
  if (keep_in_tail) {
    std::unique_ptr<std::deque<ChunkRef>>& tail = readable_[partition].tail;
    if (tail == nullptr) tail = std::make_unique<std::deque<ChunkRef>>();
    tail->push_back(chunk);
  }
  if (visible) PublishLocked(partition, {header.next_offset(), header.last_id()});
}

void StreamState::Publish(uint16_t partition, const PartitionTail& tail) {
  MutexLock lock(mu_);
  PublishLocked(partition, tail);
}

void StreamState::PublishLocked(uint16_t partition, const PartitionTail& tail) {
  PartitionTail& visible = readable_[partition].visible;
  if (visible.next_offset >= tail.next_offset) return;
  visible = tail;
  if (options_.partitions == 1) last_id_ = tail.last_id;
  if (waiters_ != 0) wake_->notify_all();
}

void StreamState::PublishLastId(EntryId id) {
  MutexLock lock(mu_);
  if (id <= last_id_) return;
  last_id_ = id;
  if (waiters_ != 0) wake_->notify_all();
}

size_t StreamState::DropOldest(uint16_t partition) {
  ChunkRef oldest;  // freed after the lock
  MutexLock lock(mu_);
  std::unique_ptr<std::deque<ChunkRef>>& tail = readable_[partition].tail;
  if (tail == nullptr) return 0;
  oldest = std::move(tail->front());
  tail->pop_front();
  if (tail->empty()) tail.reset();
  return oldest->memory();
}

PartitionTail StreamState::Tail(uint16_t partition) const {
  MutexLock lock(mu_);
  return readable_[partition].visible;
}

EntryId StreamState::LastId() const {
  MutexLock lock(mu_);
  return last_id_;
}

bool StreamState::TailChunks(uint16_t partition, uint64_t offset, bool backward, size_t max,
                             std::vector<ChunkRef>* chunks) const {
  MutexLock lock(mu_);
  const Readable& readable = readable_[partition];
  if (readable.tail == nullptr || offset >= readable.visible.next_offset) return false;
  const std::deque<ChunkRef>& tail = *readable.tail;
  if (offset < tail.front()->header().base_offset) return false;
  auto holds = std::partition_point(tail.begin(), tail.end(), [offset](const ChunkRef& chunk) {
    return chunk->header().next_offset() <= offset;
  });
  if (holds == tail.end()) return false;
  if (backward) {
    auto first = static_cast<size_t>(holds - tail.begin()) < max ? tail.begin() : holds - (max - 1);
    chunks->insert(chunks->end(), first, holds + 1);
    return true;
  }
  for (; holds != tail.end() && max != 0; ++holds, --max) {
    if ((*holds)->header().next_offset() > readable.visible.next_offset) break;
    chunks->push_back(*holds);
  }
  return true;
}

bool StreamState::Await(const std::function<bool()>& ready, Clock* clock, absl::Time deadline,
                        const std::stop_token& stop) {
  MutexLock held(mu_);
  if (wake_ == nullptr) wake_ = std::make_unique<std::condition_variable_any>();
  ++waiters_;
  std::unique_lock<std::mutex> lock(mu_.native(), std::adopt_lock);
  const bool result = clock->Await(lock, *wake_, deadline, stop, ready);
  lock.release();
  --waiters_;
  return result;
}

bool StreamState::AwaitAfter(EntryId seen, Clock* clock, absl::Time deadline,
                             const std::stop_token& stop) {
  return Await(
      [this, seen] {
        mu_.AssertHeld();
        return last_id_ > seen || closed_;
      },
      clock, deadline, stop);
}

bool StreamState::AwaitOffset(uint16_t partition, uint64_t offset, Clock* clock,
                              absl::Time deadline, const std::stop_token& stop) {
  return Await(
      [this, partition, offset] {
        mu_.AssertHeld();
        return readable_[partition].visible.next_offset > offset || closed_;
      },
      clock, deadline, stop);
}

bool StreamState::closed() const {
  MutexLock lock(mu_);
  return closed_;
}

void StreamState::Close() {
  MutexLock lock(mu_);
  closed_ = true;
  if (waiters_ != 0) wake_->notify_all();
}

}  // namespace evlog
