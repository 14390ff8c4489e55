#include "groups/pending_block.h"

#include <algorithm>
#include <array>

#include "log/base/bytes.h"

namespace evlog {

namespace {

uint64_t ZigZag(uint64_t value, uint64_t before) {
  const auto difference = static_cast<int64_t>(value - before);
  return (static_cast<uint64_t>(difference) << 1) ^ static_cast<uint64_t>(difference >> 63);
}

uint64_t UnZigZag(uint64_t coded, uint64_t before) {
  return before + ((coded >> 1) ^ (~(coded & 1) + 1));
}

constexpr size_t kRunsToSpare = 16;
// Runs of ids that a block keeps though nothing of them is pending any more.
constexpr size_t kIdsToSpare = 16;

absl::Status Malformed(const char* what) {
  return absl::DataLossError(std::string("a block of pending entries: ") + what);
}

// The next run of offsets of an encoded list; the reader fails where it does not fit.
struct Span {
  uint32_t begin = 0;
  uint32_t end = 0;
};
Span ReadSpan(ByteReader* reader, uint32_t after) {
  const uint32_t gap = reader->ReadVarint32(), size = reader->ReadVarint32();
  if (gap > kBlockOffsets - after || size == 0 || size > kBlockOffsets - after - gap) {
    reader->Fail();
    return {};
  }
  return {after + gap, after + gap + size};
}

}  // namespace

IdRuns CutIds(const IdRuns& ids, uint64_t base, uint64_t begin, uint64_t end) {
  IdRuns cut;
  for (const IdRun& run : ids) {
    const uint64_t from = std::max(base, begin), until = std::min(base + run.count, end);
    if (from < until) {
      cut.push_back({run.at(static_cast<uint32_t>(from - base)),
                     static_cast<uint32_t>(until - from), run.step});
    }
    base += run.count;
  }
  return cut;
}

PendingBlock::Run PendingBlock::MakeRun(uint32_t begin, uint32_t end, const Pending& pending) {
  Run run;
  run.ms = std::min(pending.ms, kPendingMsMax);
  run.owner = pending.owner;
  run.count = pending.count;
  run.begin = static_cast<uint16_t>(begin);
  run.last = static_cast<uint16_t>(end - 1);
  return run;
}

PendingRun PendingBlock::Show(const Run& run) {
  return {run.begin, run.end(), {run.ms, run.count, static_cast<ConsumerNumber>(run.owner)}};
}

size_t PendingBlock::memory() const {
  return sizeof(*this) + runs_.capacity() * sizeof(Run) + ids_.capacity() * sizeof(Ids);
}

size_t PendingBlock::FirstRun(uint32_t offset) const {
  // Deliveries come at the end, acknowledgments mostly at the beginning.
  if (runs_.empty() || runs_.back().last < offset) return runs_.size();
  if (runs_.front().last >= offset) return 0;
  const auto it = std::lower_bound(runs_.begin(), runs_.end(), offset,
                                   [](const Run& run, uint32_t at) { return run.last < at; });
  return static_cast<size_t>(it - runs_.begin());
}

std::optional<PendingRun> PendingBlock::RunAt(uint32_t offset) const {
  const size_t index = FirstRun(offset);
  if (index == runs_.size()) return std::nullopt;
  PendingRun run = Show(runs_[index]);
  run.begin = std::max(run.begin, offset);
  return run;
}

std::optional<Pending> PendingBlock::Find(uint32_t offset) const {
  const std::optional<PendingRun> run = RunAt(offset);
  if (!run || run->begin != offset) return std::nullopt;
  return run->pending;
}

void PendingBlock::Insert(size_t index, const Run& run) {
  // By a quarter: half of a block of many pending entries would be room for nothing.
  if (runs_.size() == runs_.capacity()) runs_.reserve(runs_.size() + runs_.size() / 4 + 4);
  runs_.insert(runs_.begin() + static_cast<ptrdiff_t>(index), run);
}

void PendingBlock::Assign(uint32_t begin, uint32_t end, const std::optional<Pending>& to,
                          absl::FunctionRef<void(const PendingRun&)> was) {
  size_t first = FirstRun(begin);
  size_t last = first;  // of the runs that are touched, one behind
  // What is left of the runs at the two ends.
  std::array<Run, 3> left;
  size_t count = 0;
  for (; last < runs_.size() && runs_[last].begin < end; ++last) {
    const PendingRun run = Show(runs_[last]);
    if (run.begin < begin) left[count++] = MakeRun(run.begin, begin, run.pending);
    was({std::max(run.begin, begin), std::min(run.end, end), run.pending});
  }
  std::optional<Run> behind;
  if (last > first && runs_[last - 1].end() > end) {
    behind = MakeRun(end, runs_[last - 1].end(), Show(runs_[last - 1]).pending);
  }
  if (to) {
    uint32_t from = begin, until = end;
    // One with its neighbours where they have the same.
    if (count == 1 && left[0].Same(*to)) {
      from = left[0].begin;
      count = 0;
    } else if (count == 0 && first > 0 && runs_[first - 1].end() == begin &&
               runs_[first - 1].Same(*to)) {
      from = runs_[--first].begin;
    }
    if (behind && behind->Same(*to)) {
      until = behind->end();
      behind.reset();
    } else if (!behind && last < runs_.size() && runs_[last].begin == end &&
               runs_[last].Same(*to)) {
      until = runs_[last++].end();
    }
    left[count++] = MakeRun(from, until, *to);
  }
  if (behind) left[count++] = *behind;
  const size_t replaced = std::min(count, last - first);
  std::copy_n(left.begin(), replaced, runs_.begin() + static_cast<ptrdiff_t>(first));
  for (size_t i = replaced; i < count; ++i) Insert(first + i, left[i]);
  runs_.erase(runs_.begin() + static_cast<ptrdiff_t>(first + count),
              runs_.begin() + static_cast<ptrdiff_t>(std::max(last, first + count)));
  if (runs_.empty()) ids_ = {};
  // What is acknowledged gives its memory back, now and then.
  if (runs_.capacity() > runs_.size() + runs_.size() / 2 + kRunsToSpare) runs_.shrink_to_fit();
}

void PendingBlock::AddIds(uint32_t begin, uint32_t end, EntryId first, uint32_t step) {
  size_t index = static_cast<size_t>(
      std::lower_bound(ids_.begin(), ids_.end(), begin,
                       [](const Ids& ids, uint32_t at) { return ids.last < at; }) -
      ids_.begin());
  while (begin < end) {
    uint32_t until = end;
    if (index < ids_.size()) {
      if (ids_[index].begin <= begin) {
        until = std::min(end, uint32_t{ids_[index].last} + 1);
        first.seq += uint64_t{step} * (until - begin);
        begin = until;
        ++index;
        continue;
      }
      until = std::min<uint32_t>(end, ids_[index].begin);
    }
    Ids* const before = index == 0 ? nullptr : &ids_[index - 1];
    if (before != nullptr && uint32_t{before->last} + 1 == begin && before->step == step &&
        before->at(begin) == first) {
      before->last = static_cast<uint16_t>(until - 1);
    } else {
      ids_.insert(ids_.begin() + static_cast<ptrdiff_t>(index++),
                  {first, step, static_cast<uint16_t>(begin), static_cast<uint16_t>(until - 1)});
    }
    first.seq += uint64_t{step} * (until - begin);
    begin = until;
  }
}

void PendingBlock::SetIds(uint32_t offset, const IdRuns& ids) {
  for (const IdRun& run : ids) {
    if (run.step <= UINT32_MAX) {
      AddIds(offset, offset + run.count, run.first, static_cast<uint32_t>(run.step));
    } else {
      for (uint32_t i = 0; i < run.count; ++i) AddIds(offset + i, offset + i + 1, run.at(i), 1);
    }
    offset += run.count;
  }
}

EntryId PendingBlock::IdAt(uint32_t offset) const {
  const auto it = std::lower_bound(ids_.begin(), ids_.end(), offset,
                                   [](const Ids& ids, uint32_t at) { return ids.last < at; });
  return it == ids_.end() || it->begin > offset ? EntryId::Min() : it->at(offset);
}

std::optional<uint32_t> PendingBlock::LowerBound(EntryId id) const {
  const auto it = std::lower_bound(ids_.begin(), ids_.end(), id, [](const Ids& ids, EntryId bound) {
    return ids.at(ids.last) < bound;
  });
  if (it == ids_.end()) return std::nullopt;
  if (id <= it->first) return it->begin;
  const uint64_t above = id.seq - it->first.seq;  // the same ms
  return it->begin + static_cast<uint32_t>((above + it->step - 1) / it->step);
}

std::optional<uint32_t> PendingBlock::OffsetOf(EntryId id) const {
  const std::optional<uint32_t> offset = LowerBound(id);
  if (!offset || IdAt(*offset) != id) return std::nullopt;
  return offset;
}

void PendingBlock::TrimIds() {
  if (ids_.size() <= 2 * runs_.size() + kIdsToSpare) return;
  size_t run = 0;
  const auto unused = [&](const Ids& ids) {
    while (run < runs_.size() && runs_[run].last < ids.begin) ++run;
    return run == runs_.size() || runs_[run].begin > ids.last;
  };
  ids_.erase(std::remove_if(ids_.begin(), ids_.end(), unused), ids_.end());
  ids_.shrink_to_fit();
}

void PendingBlock::Encode(std::string* out) const {
  AppendVarint(out, runs_.size());
  uint32_t after = 0;
  uint64_t before = 0;
  for (const Run& run : runs_) {
    AppendVarint(out, run.begin - after);
    AppendVarint(out, run.end() - run.begin);
    AppendVarint(out, run.owner == kNobody ? 0 : uint64_t{run.owner} + 1);
    AppendVarint(out, run.count);
    AppendVarint(out, ZigZag(run.ms, before));
    after = run.end();
    before = run.ms;
  }
  AppendVarint(out, ids_.size());
  after = 0;
  before = 0;
  for (const Ids& ids : ids_) {
    AppendVarint(out, ids.begin - after);
    AppendVarint(out, uint64_t{ids.last} + 1 - ids.begin);
    AppendVarint(out, ZigZag(ids.first.ms, before));
    AppendVarint(out, ids.first.seq);
    AppendVarint(out, ids.step);
    after = uint32_t{ids.last} + 1;
    before = ids.first.ms;
  }
}

bool PendingBlock::HasAllIds() const {
  size_t index = 0;
  for (const Run& run : runs_) {
    for (uint32_t offset = run.begin; offset < run.end();) {
      while (index < ids_.size() && ids_[index].last < offset) ++index;
      if (index == ids_.size() || ids_[index].begin > offset) return false;
      offset = uint32_t{ids_[index].last} + 1;
    }
  }
  return true;
}

absl::Status PendingBlock::Decode(std::string_view value, PendingBlock* block) {
  ByteReader reader(value);
  block->runs_.clear();
  block->ids_.clear();
  uint32_t after = 0;
  uint64_t before = 0;
  for (uint32_t n = reader.ReadVarint32(); n != 0 && reader.ok(); --n) {
    const Span span = ReadSpan(&reader, after);
    Pending pending;
    const uint64_t owner = reader.ReadVarint();
    if (owner > kConsumersMax) return Malformed("there is no such consumer");
    pending.owner = owner == 0 ? kNobody : static_cast<ConsumerNumber>(owner - 1);
    pending.count = reader.ReadVarint32();
    pending.ms = UnZigZag(reader.ReadVarint(), before);
    if (pending.ms > kPendingMsMax) return Malformed("a time is out of range");
    if (!reader.ok()) break;
    block->Insert(block->runs_.size(), MakeRun(span.begin, span.end, pending));
    after = span.end;
    before = pending.ms;
  }
  after = 0;
  before = 0;
  EntryId last = EntryId::Min();
  for (uint32_t n = reader.ReadVarint32(); n != 0 && reader.ok(); --n) {
    const Span span = ReadSpan(&reader, after);
    Ids ids{};
    ids.first.ms = UnZigZag(reader.ReadVarint(), before);
    ids.first.seq = reader.ReadVarint();
    ids.step = reader.ReadVarint32();
    if (!reader.ok()) break;
    ids.begin = static_cast<uint16_t>(span.begin);
    ids.last = static_cast<uint16_t>(span.end - 1);
    const uint64_t room = UINT64_MAX - ids.first.seq;
    if (ids.step == 0 || room / ids.step < span.end - span.begin - 1) {
      return Malformed("ids are out of range");
    }
    if (!block->ids_.empty() && ids.first <= last) return Malformed("ids do not rise");
    last = ids.at(ids.last);
    block->ids_.push_back(ids);
    after = span.end;
    before = ids.first.ms;
  }
  if (!reader.ok()) return Malformed("it ends early or a number is out of range");
  if (reader.left() != 0) return Malformed("there is more than it says");
  return block->HasAllIds() ? absl::OkStatus() : Malformed("a pending entry has no id");
}

}  // namespace evlog
