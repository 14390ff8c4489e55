// The parts of model_log.h about what goes, and what is remembered.
#include <algorithm>
#include <set>

#include "tests/support/model_log.h"

namespace evlog {

uint64_t ModelStream::first_offset(uint16_t partition) const {
  for (const OwnedEntry& entry : entries_) {
    if (entry.partition == partition) return entry.offset;
  }
  return next_offset(partition);
}

EntryId ModelStream::max_deleted_id(uint16_t partition) const {
  const auto found = max_deleted_.find(partition);
  return found == max_deleted_.end() ? EntryId::Min() : found->second;
}

uint64_t ModelStream::OffsetOf(uint16_t partition, EntryId id) const {
  const std::vector<EntryId>& ids = ids_[partition];
  return static_cast<uint64_t>(std::lower_bound(ids.begin(), ids.end(), id) - ids.begin());
}

EntryId ModelStream::IdThatLeaves(uint64_t entries) const {
  if (entries_.size() <= entries) return EntryId::Min();
  // In a single partition the first that stays decides, over what was deleted before it: that
  // matters where the log then rounds.
  if (options_.partitions == 1) {
    return entries == 0 ? EntryId::Max() : entries_[entries_.size() - entries].id;
  }
  return entries_[entries_.size() - entries - 1].id.Successor();
}

uint64_t ModelStream::BeginAt(uint16_t partition, uint64_t offset) {
  const size_t before = entries_.size();
  std::erase_if(entries_, [&](const OwnedEntry& entry) {
    return entry.partition == partition && entry.offset < offset;
  });
  return before - entries_.size();
}

uint64_t ModelStream::Trim(absl::Time now, const Retention& keep, uint64_t limit) {
  std::vector<EntryId> bounds;
  if (keep.min_id) bounds.push_back(*keep.min_id);
  if (keep.max_age) {
    const int64_t ms = absl::ToUnixMillis(now - *keep.max_age);
    if (ms > 0) bounds.push_back({static_cast<uint64_t>(ms), 0});
  }
  if (keep.max_entries) bounds.push_back(IdThatLeaves(*keep.max_entries));
  EntryId bound = EntryId::Min();
  for (const EntryId id : bounds) bound = std::max(bound, id);
  // Not exactly: by hundreds of offsets, unless nothing of a partition may stay.
  const auto goes = [&](const OwnedEntry& entry) {
    const uint64_t offset = OffsetOf(entry.partition, bound);
    const bool all = offset == next_offset(entry.partition);
    return entry.offset < (keep.exact || all ? offset : offset - offset % kApproximateEntries);
  };
  const auto going = static_cast<uint64_t>(std::count_if(entries_.begin(), entries_.end(), goes));
  uint64_t left = UINT64_MAX;
  if (going > limit && options_.partitions > 1) {
    bound = std::min(bound, entries_[limit].id);
  } else if (going > limit) {
    left = keep.exact ? limit : limit - limit % kApproximateEntries;
  }
  const size_t before = entries_.size();
  std::vector<OwnedEntry> kept;
  for (OwnedEntry& entry : entries_) {
    if (left != 0 && goes(entry)) {
      --left;
    } else {
      kept.push_back(std::move(entry));
    }
  }
  entries_ = std::move(kept);
  return before - entries_.size();
}

uint64_t ModelStream::Delete(const std::vector<EntryId>& ids) {
  const std::set<EntryId> gone(ids.begin(), ids.end());
  const size_t before = entries_.size();
  std::erase_if(entries_, [&](const OwnedEntry& entry) {
    if (gone.count(entry.id) == 0) return false;
    EntryId& largest = max_deleted_[entry.partition];
    largest = std::max(largest, entry.id);
    return true;
  });
  return before - entries_.size();
}

absl::StatusOr<std::optional<AppendResult>> ModelStream::Recall(uint64_t now_ms,
                                                                const OwnedMark& mark,
                                                                const std::string& name) const {
  const auto found = producers_.find(mark.producer);
  if (found == producers_.end()) return std::nullopt;
  const Producer& producer = found->second;
  std::optional<AppendResult> known;
  if (mark.kind == Idempotence::Kind::kSequence) {
    if (!producer.last || mark.sequence > producer.last->first) return std::nullopt;
    if (mark.sequence < producer.last->first) return absl::AbortedError("a lower number");
    known = producer.last->second;
  } else {
    const auto window_ms =
        static_cast<uint64_t>(absl::ToInt64Milliseconds(options_.idempotence_window));
    const size_t out =
        producer.ids.size() - std::min<size_t>(producer.ids.size(), options_.idempotence_ids);
    for (size_t i = out; i < producer.ids.size(); ++i) {
      const Remembered& one = producer.ids[i];
      if (one.name == name && now_ms < one.time_ms + window_ms) known = one.result;
    }
  }
  if (known) known->duplicate = true;
  return known;
}

void ModelStream::Remember(uint64_t now_ms, const OwnedMark& mark, const std::string& name,
                           const AppendResult& result) {
  Producer& producer = producers_[mark.producer];
  if (mark.kind == Idempotence::Kind::kSequence) {
    producer.last = {mark.sequence, result};
    return;
  }
  const auto window_ms =
      static_cast<uint64_t>(absl::ToInt64Milliseconds(options_.idempotence_window));
  std::deque<Remembered>& ids = producer.ids;
  const uint64_t time_ms = ids.empty() ? now_ms : std::max(now_ms, ids.back().time_ms);
  ids.push_back({time_ms, name, result});
  while (ids.size() > options_.idempotence_ids || now_ms >= ids.front().time_ms + window_ms) {
    ids.pop_front();
  }
}

uint64_t ModelStream::entries_added() const {
  uint64_t added = added_;
  for (const std::vector<EntryId>& ids : ids_) added += ids.size();
  return added;
}

absl::Status ModelStream::SetLastId(EntryId id, const LastIdOptions& options) {
  for (const std::vector<EntryId>& ids : ids_) {
    if (!ids.empty() && id < ids.back()) return absl::AbortedError("an entry has a larger id");
  }
  last_id_ = id;
  if (options.entries_added) added_ += *options.entries_added - entries_added();
  for (uint16_t p = 0; p < ids_.size() && options.max_deleted_id; ++p) {
    max_deleted_[p] = *options.max_deleted_id;
  }
  return absl::OkStatus();
}

bool ModelStream::SameAs(const ModelStream& other) const {
  return options_ == other.options_ && entries_ == other.entries_ && ids_ == other.ids_ &&
         last_id_ == other.last_id_ && added_ == other.added_;
}

}  // namespace evlog
