#include "groups/pending_set.h"

#include <algorithm>

namespace evlog {

namespace {

uint32_t Within(uint64_t offset, BlockKey key) {
  return static_cast<uint32_t>(
      std::min<uint64_t>(offset > key.base() ? offset - key.base() : 0, kBlockOffsets));
}

}  // namespace

PlaceRun PendingSet::Show(BlockKey key, const PendingRun& run) {
  return {{key.partition, key.base() + run.begin, key.base() + run.end}, run.pending};
}

size_t PendingSet::memory() const {
  size_t bytes = sizeof(*this) + counts_.capacity() * sizeof(uint64_t);
  for (const auto& [key, block] : blocks_) {
    // A node of the map, and one of each order.
    bytes += block->pending.memory() + sizeof(Block) - sizeof(PendingBlock) + 80;
  }
  return bytes;
}

void PendingSet::Note(BlockKey key, Block* block, Times times, uint64_t ms) {
  uint64_t& now = block->*times;
  if (now == ms) return;
  Order& order = OrderOf(times);
  if (now != PendingPolicy::kNever) order.erase({now, key});
  if (ms != PendingPolicy::kNever) order.insert({ms, key});
  now = ms;
}

void PendingSet::NoteTimes(BlockKey key, Block* block, const Pending& pending) {
  for (const Times times : {&Block::oldest_ms, &Block::due_ms, &Block::released_ms}) {
    const uint64_t ms = TimeOf(pending, times);
    if (ms < block->*times) Note(key, block, times, ms);
  }
}

void PendingSet::Forget(BlockKey key, const Block& block) {
  by_age_.erase({block.oldest_ms, key});
  by_due_.erase({block.due_ms, key});
  by_release_.erase({block.released_ms, key});
}

void PendingSet::SetPolicy(const PendingPolicy& policy) {
  policy_ = policy;
  for (const auto& [key, block] : blocks_) {
    uint64_t due = PendingPolicy::kNever;
    for (auto run = block->pending.RunAt(0); run; run = block->pending.RunAt(run->end)) {
      due = std::min(due, DueMs(run->pending, policy_));
    }
    Note(key, block.get(), &Block::due_ms, due);
  }
}

void PendingSet::Count(const Pending& pending, uint64_t count, bool more) {
  uint64_t* of = &released_;
  if (pending.owned()) {
    if (pending.owner >= counts_.size()) counts_.resize(size_t{pending.owner} + 1);
    of = &counts_[pending.owner];
  }
  *of = more ? *of + count : *of - count;
  count_ = more ? count_ + count : count_ - count;
}

std::optional<Pending> PendingSet::Find(EntryPlace place) const {
  const BlockKey key{place.partition, place.offset / kBlockOffsets};
  const auto it = blocks_.find(key);
  if (it == blocks_.end()) return std::nullopt;
  return it->second->pending.Find(Within(place.offset, key));
}

EntryId PendingSet::IdAt(EntryPlace place) const {
  const BlockKey key{place.partition, place.offset / kBlockOffsets};
  const auto it = blocks_.find(key);
  return it == blocks_.end() ? EntryId::Min() : it->second->pending.IdAt(Within(place.offset, key));
}

std::optional<EntryPlace> PendingSet::PlaceOf(EntryId id) const {
  const std::optional<PlaceRun> run = AtId(PartitionOf(id), id);
  if (!run) return std::nullopt;
  const EntryPlace place{run->range.partition, run->range.begin};
  if (IdAt(place) != id) return std::nullopt;
  return place;
}

std::optional<PlaceRun> PendingSet::At(uint16_t partition, uint64_t offset) const {
  for (auto it = blocks_.lower_bound({partition, offset / kBlockOffsets});
       it != blocks_.end() && it->first.partition == partition; ++it) {
    const auto run = it->second->pending.RunAt(Within(offset, it->first));
    if (run) return Show(it->first, *run);
  }
  return std::nullopt;
}

std::optional<PlaceRun> PendingSet::AtId(uint16_t partition, EntryId id) const {
  // Ids rise with offsets: the last block whose first id is not above, or the first behind it.
  auto begin = blocks_.lower_bound({partition, 0});
  const auto end = blocks_.lower_bound({static_cast<uint16_t>(partition + 1), 0});
  if (begin == end) return std::nullopt;
  uint64_t low = begin->first.block, high = std::prev(end)->first.block;
  while (low < high) {
    const uint64_t middle = low + (high - low + 1) / 2;
    const auto at = blocks_.lower_bound({partition, middle});
    if (at->second->pending.first_id() <= id) {
      low = at->first.block;
      begin = at;
    } else {
      high = middle - 1;
    }
  }
  begin = blocks_.lower_bound({partition, low});
  const std::optional<uint32_t> offset = begin->second->pending.LowerBound(id);
  return At(partition, begin->first.base() + (offset ? *offset : kBlockOffsets));
}

void PendingSet::Visit(const PlaceRange& range,
                       absl::FunctionRef<bool(const PlaceRun&)> see) const {
  for (auto it = blocks_.lower_bound({range.partition, range.begin / kBlockOffsets});
       it != blocks_.end() && it->first.partition == range.partition &&
       it->first.base() < range.end;
       ++it) {
    const uint32_t end = Within(range.end, it->first);
    auto run = it->second->pending.RunAt(Within(range.begin, it->first));
    while (run && run->begin < end) {
      PendingRun part = *run;
      part.end = std::min(part.end, end);
      if (!see(Show(it->first, part))) return;
      run = it->second->pending.RunAt(run->end);
    }
  }
}

void PendingSet::VisitById(EntryId from,
                           absl::FunctionRef<bool(const PlaceRun&, EntryId first)> see) const {
  std::vector<PlaceRun> heads;
  for (uint32_t p = 0; p < partitions_; ++p) {
    const auto run = AtId(static_cast<uint16_t>(p), from);
    if (run) heads.push_back(*run);
  }
  const auto id_of = [this](const PlaceRun& run) {
    return IdAt({run.range.partition, run.range.begin});
  };
  while (!heads.empty()) {
    const auto least =
        std::min_element(heads.begin(), heads.end(),
                         [&](const PlaceRun& a, const PlaceRun& b) { return id_of(a) < id_of(b); });
    PlaceRun part = *least;
    if (heads.size() > 1) part.range.end = part.range.begin + 1;
    if (!see(part, id_of(part))) return;
    if (part.range.end < least->range.end) {
      least->range.begin = part.range.end;
      continue;
    }
    const auto next = At(part.range.partition, part.range.end);
    if (next) {
      *least = *next;
    } else {
      heads.erase(least);
    }
  }
}

std::vector<PlaceRun> PendingSet::Oldest(uint64_t until_ms, uint64_t limit) {
  return Take(&Block::oldest_ms, until_ms, limit);
}

std::vector<PlaceRun> PendingSet::Released(uint64_t until_ms, uint64_t limit) {
  return Take(&Block::released_ms, until_ms, limit);
}

std::vector<PlaceRun> PendingSet::Due(uint64_t now_ms, uint64_t limit) {
  return Take(&Block::due_ms, now_ms, limit);
}

uint64_t PendingSet::NextDueMs() const {
  return by_due_.empty() ? PendingPolicy::kNever : by_due_.begin()->first;
}

uint64_t PendingSet::OldestMs() const {
  return by_age_.empty() ? PendingPolicy::kNever : by_age_.begin()->first;
}

uint64_t PendingSet::ReleasedMs() const {
  return by_release_.empty() ? PendingPolicy::kNever : by_release_.begin()->first;
}

std::optional<EntryPlace> PendingSet::Last(uint16_t partition) const {
  const auto end = blocks_.lower_bound({static_cast<uint16_t>(partition + 1), 0});
  if (end == blocks_.begin() || std::prev(end)->first.partition != partition) return std::nullopt;
  std::optional<EntryPlace> last;
  Visit({partition, std::prev(end)->first.base(), UINT64_MAX}, [&](const PlaceRun& run) {
    last = EntryPlace{partition, run.range.end - 1};
    return true;
  });
  return last;
}

std::vector<PlaceRun> PendingSet::Take(Times times, uint64_t until_ms, uint64_t limit) {
  Order& order = OrderOf(times);
  std::vector<PlaceRun> taken;
  std::vector<std::pair<uint64_t, PlaceRun>> found;
  // Blocks that were looked at, with what is right for them now: put back at the end.
  std::vector<std::pair<BlockKey, uint64_t>> looked;
  while (limit != 0 && !order.empty() && order.begin()->first <= until_ms) {
    const BlockKey key = order.begin()->second;
    Block* const block = blocks_.find(key)->second.get();
    const auto second = std::next(order.begin());
    // Older than all in other blocks that were not looked at.
    const uint64_t until = second == order.end() ? until_ms : std::min(until_ms, second->first);
    found.clear();
    uint64_t rest = PendingPolicy::kNever, all = PendingPolicy::kNever;
    for (auto run = block->pending.RunAt(0); run; run = block->pending.RunAt(run->end)) {
      const uint64_t ms = TimeOf(run->pending, times);
      all = std::min(all, ms);
      if (ms <= until && ms >= block->*times) {
        found.emplace_back(ms, Show(key, *run));
      } else if (ms > until) {
        rest = std::min(rest, ms);
      }
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first < b.first : a.second.range.begin < b.second.range.begin;
    });
    for (auto& [ms, run] : found) {
      if (limit == 0) break;
      run.range.end = run.range.begin + std::min(run.range.count(), limit);
      limit -= run.range.count();
      taken.push_back(run);
    }
    if (std::none_of(looked.begin(), looked.end(), [&](const auto& l) { return l.first == key; })) {
      looked.emplace_back(key, all);
    }
    Note(key, block, times, rest);
  }
  for (const auto& [key, ms] : looked) Note(key, blocks_.find(key)->second.get(), times, ms);
  return taken;
}

void PendingSet::AssignIn(BlockKey key, Block* block, uint32_t begin, uint32_t end,
                          const std::optional<Pending>& to) {
  block->pending.Assign(begin, end, to,
                        [this](const PendingRun& was) { Count(was.pending, was.count(), false); });
  if (to) {
    Count(*to, end - begin, true);
    NoteTimes(key, block, *to);
  } else {
    block->pending.TrimIds();
  }
}

void PendingSet::Assign(const PlaceRange& range, const std::optional<Pending>& to,
                        const IdRuns& ids, absl::FunctionRef<void(BlockKey)> touch) {
  for (uint64_t begin = range.begin; begin < range.end;) {
    const BlockKey key{range.partition, begin / kBlockOffsets};
    auto it = blocks_.lower_bound(key);
    if (!to) {
      if (it == blocks_.end() || it->first.partition != range.partition) return;
      begin = std::max(begin, it->first.base());
      if (begin >= range.end) return;
    } else if (it == blocks_.end() || it->first != key) {
      it = blocks_.emplace_hint(it, key, std::make_unique<Block>());
    }
    Block* const block = it->second.get();
    const BlockKey at = it->first;
    const uint64_t end = std::min(range.end, at.base() + kBlockOffsets);
    if (to && !ids.empty()) {
      block->pending.SetIds(Within(begin, at), CutIds(ids, range.begin, begin, end));
    }
    AssignIn(at, block, Within(begin, at), Within(end, at), to);
    touch(at);
    if (block->pending.empty()) {
      Forget(at, *block);
      blocks_.erase(it);
    }
    begin = end;
  }
}

const PendingBlock* PendingSet::block(BlockKey key) const {
  const auto it = blocks_.find(key);
  return it == blocks_.end() ? nullptr : &it->second->pending;
}

void PendingSet::Load(BlockKey key, PendingBlock block) {
  auto loaded = std::make_unique<Block>();
  loaded->pending = std::move(block);
  for (auto run = loaded->pending.RunAt(0); run; run = loaded->pending.RunAt(run->end)) {
    Count(run->pending, run->count(), true);
    NoteTimes(key, loaded.get(), run->pending);
  }
  blocks_.insert_or_assign(key, std::move(loaded));
}

void PendingSet::VisitBlocks(absl::FunctionRef<void(BlockKey, const PendingBlock&)> see) const {
  for (const auto& [key, block] : blocks_) see(key, block->pending);
}

}  // namespace evlog
