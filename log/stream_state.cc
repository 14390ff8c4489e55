#include "log/stream_state.h"

#include <algorithm>
#include <utility>

namespace evlog {

PartitionTail TailAfter(const Chunk& chunk) {
  const ChunkHeader& header = chunk.header();
  return {header.next_offset(), header.last_id(), header.base_bytes + chunk.entries().size()};
}

StreamState::StreamState(StreamId id, uint8_t database, std::string name, StreamOptions options)
    : id_(id),
      partitions_(static_cast<uint16_t>(options.partitions)),
      durability_(options.durability),
      scratch_(options.partitions),
      database_(database),
      name_(std::move(name)),
      options_(options),
      readable_(options.partitions) {
  assigned_.partitions.resize(options.partitions);
}

uint8_t StreamState::database() const {
  MutexLock lock(mu_);
  return database_;
}

std::string StreamState::name() const {
  MutexLock lock(mu_);
  return name_;
}

StreamOptions StreamState::options() const {
  MutexLock lock(mu_);
  return options_;
}

void StreamState::Rename(uint8_t database, std::string name) {
  MutexLock lock(mu_);
  database_ = database;
  name_ = std::move(name);
}

void StreamState::Alter(const StreamOptions& options) {
  MutexLock lock(mu_);
  options_ = options;
  options_.partitions = partitions_;
  durability_.store(options.durability, std::memory_order_relaxed);
}

IdFloor StreamState::floor() const {
  MutexLock lock(mu_);
  return floor_;
}

void StreamState::ShowFloor(const IdFloor& floor) {
  MutexLock lock(mu_);
  floor_ = floor;
}

void StreamState::LoadFloor(const IdFloor& floor) {
  assigned_.floor = floor;
  ShowFloor(floor);
}

void StreamState::Reset(std::vector<PartitionState> partitions) {
  assigned_.last_id = EntryId::Min();
  assigned_.dropped = false;
  bool has_holes = false;
  MutexLock lock(mu_);
  for (size_t i = 0; i < partitions.size(); ++i) {
    PartitionState& state = partitions[i];
    assigned_.partitions[i] = {state.head.first_offset,   state.tail.next_offset,
                               state.tail.next_bytes,     state.tail.last_id,
                               state.head.max_deleted_id, state.head.near};
    assigned_.last_id = std::max(assigned_.last_id, state.tail.last_id);
    scratch_[i] = Scratch();
    readable_[i].visible = state.tail;
    readable_[i].head = state.head;
    has_holes |= state.holes != nullptr;
    readable_[i].holes = std::move(state.holes);
    readable_[i].tail.reset();
  }
  has_holes_.store(has_holes, std::memory_order_release);
  dropped_.store(false, std::memory_order_release);
  // Readers go by entries: the floor is above some that are still to be shown.
  last_id_ = assigned_.last_id;
  assigned_.last_id = std::max(assigned_.last_id, assigned_.floor.last_id);
  Announce();
}

size_t StreamState::AddChunk(const ChunkRef& chunk, bool keep_in_tail, bool visible) {
  const ChunkHeader& header = chunk->header();
  const uint16_t partition = header.partition.partition;
  appended_.store(true, std::memory_order_relaxed);
  MutexLock lock(mu_);
  size_t bytes = 0;
  if (keep_in_tail) {
    std::unique_ptr<std::deque<ChunkRef>>& tail = readable_[partition].tail;
    if (tail == nullptr) {
      tail = std::make_unique<std::deque<ChunkRef>>();
      bytes = kTailBytes;
    }
    tail->push_back(chunk);
    bytes += chunk->memory();
  }
  if (visible) PublishLocked(partition, TailAfter(*chunk));
  return bytes;
}

void StreamState::Publish(uint16_t partition, const PartitionTail& tail) {
  MutexLock lock(mu_);
  PublishLocked(partition, tail);
}

void StreamState::Announce() {
  if (waiters_ != 0) wake_->notify_all();
  if (watchers_ == nullptr) return;
  for (StreamWatcher* const watcher : *watchers_) watcher->StreamChanged();
}

void StreamState::Watch(StreamWatcher* watcher) {
  MutexLock lock(mu_);
  if (watchers_ == nullptr) watchers_ = std::make_unique<std::vector<StreamWatcher*>>();
  watchers_->push_back(watcher);
}

void StreamState::Unwatch(StreamWatcher* watcher) {
  MutexLock lock(mu_);
  watchers_->erase(std::find(watchers_->begin(), watchers_->end(), watcher));
  if (watchers_->empty()) watchers_.reset();
}

void StreamState::PublishLocked(uint16_t partition, const PartitionTail& tail) {
  PartitionTail& visible = readable_[partition].visible;
  if (visible.next_offset >= tail.next_offset) return;
  visible = tail;
  if (partitions_ == 1) last_id_ = tail.last_id;
  Announce();
}

void StreamState::PublishLastId(EntryId id) {
  MutexLock lock(mu_);
  if (id <= last_id_) return;
  last_id_ = id;
  Announce();
}

void StreamState::PublishHead(uint16_t partition, const PartitionHead& head) {
  MutexLock lock(mu_);
  readable_[partition].head = head;
}

void StreamState::NoteNear(uint16_t partition, const PartitionHead& head) {
  MutexLock lock(mu_);
  PartitionHead& known = readable_[partition].head;
  if (known.first_offset == head.first_offset) known.near = std::max(known.near, head.near);
}

bool StreamState::AddHole(uint16_t partition, uint64_t offset) {
  MutexLock lock(mu_);
  std::unique_ptr<Holes>& holes = readable_[partition].holes;
  if (holes == nullptr) holes = std::make_unique<Holes>();
  has_holes_.store(true, std::memory_order_release);
  return holes->Add(offset);
}

void StreamState::ReplaceHoles(uint16_t partition, std::unique_ptr<Holes> holes) {
  MutexLock lock(mu_);
  if (holes != nullptr) has_holes_.store(true, std::memory_order_release);
  readable_[partition].holes = std::move(holes);
}

void StreamState::DropHolesBelow(uint16_t partition, uint64_t offset) {
  MutexLock lock(mu_);
  std::unique_ptr<Holes>& holes = readable_[partition].holes;
  if (holes == nullptr) return;
  holes->DropBelow(offset);
  if (holes->empty()) holes.reset();
}

size_t StreamState::DropOldest(uint16_t partition) {
  ChunkRef oldest;  // freed after the lock
  MutexLock lock(mu_);
  std::unique_ptr<std::deque<ChunkRef>>& tail = readable_[partition].tail;
  if (tail == nullptr) return 0;
  oldest = std::move(tail->front());
  tail->pop_front();
  if (!tail->empty()) return oldest->memory();
  tail.reset();
  return oldest->memory() + kTailBytes;
}

PartitionTail StreamState::Tail(uint16_t partition) const {
  MutexLock lock(mu_);
  return readable_[partition].visible;
}

PartitionHead StreamState::Head(uint16_t partition) const {
  MutexLock lock(mu_);
  return readable_[partition].head;
}

StreamState::Extent StreamState::Look(uint16_t partition) const {
  MutexLock lock(mu_);
  const Readable& readable = readable_[partition];
  return {readable.head, readable.visible.next_offset};
}

uint64_t StreamState::OffsetOfLast(uint16_t partition, uint64_t count) const {
  MutexLock lock(mu_);
  const Readable& readable = readable_[partition];
  const uint64_t end = readable.visible.next_offset;
  const uint64_t begin = std::min(readable.head.first_offset, end);
  if (readable.holes != nullptr) return readable.holes->FromEnd(begin, end, count);
  return end - std::min(end - begin, count);
}

uint64_t StreamState::CountLive(uint16_t partition, uint64_t begin, uint64_t end) const {
  MutexLock lock(mu_);
  const Readable& readable = readable_[partition];
  begin = std::max(begin, readable.head.first_offset);
  end = std::min(end, readable.visible.next_offset);
  if (begin >= end) return 0;
  const uint64_t holes = readable.holes == nullptr ? 0 : readable.holes->CountIn(begin, end);
  return end - begin - holes;
}

StreamState::LiveRun StreamState::NextLive(uint16_t partition, uint64_t offset, uint64_t limit,
                                           bool backward) const {
  if (!has_holes()) return backward ? LiveRun{limit, offset} : LiveRun{offset, limit};
  MutexLock lock(mu_);
  const Holes* const holes = readable_[partition].holes.get();
  if (holes == nullptr) return backward ? LiveRun{limit, offset} : LiveRun{offset, limit};
  if (backward) {
    const uint64_t end = std::max(holes->LastLiveBelow(offset), limit);
    return {holes->LastHoleBelow(end, limit), end};
  }
  const uint64_t begin = std::min(holes->NextLive(offset), limit);
  return {begin, holes->NextHole(begin, limit)};
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

bool StreamState::InTail(uint16_t partition, uint64_t offset) const {
  MutexLock lock(mu_);
  const Readable& readable = readable_[partition];
  return readable.tail != nullptr && offset < readable.visible.next_offset &&
         offset >= readable.tail->front()->header().base_offset;
}

std::optional<uint64_t> StreamState::OffsetInTail(uint16_t partition, EntryId id) const {
  MutexLock lock(mu_);
  const Readable& readable = readable_[partition];
  if (id > readable.visible.last_id) return readable.visible.next_offset;
  if (readable.tail == nullptr || id < readable.tail->front()->header().first_id()) {
    return std::nullopt;
  }
  const std::deque<ChunkRef>& tail = *readable.tail;
  const auto holds = std::partition_point(tail.begin(), tail.end(), [id](const ChunkRef& chunk) {
    return chunk->header().last_id() < id;
  });
  if (holds == tail.end()) return std::nullopt;
  return (*holds)->header().base_offset + (*holds)->CountBelow(id);
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

void StreamState::TellRenamed() {
  MutexLock lock(mu_);
  Announce();
}

void StreamState::Close(bool dropped) {
  MutexLock lock(mu_);
  closed_ = true;
  if (dropped) dropped_.store(true, std::memory_order_release);
  Announce();
}

}  // namespace evlog
