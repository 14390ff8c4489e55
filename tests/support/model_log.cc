#include "tests/support/model_log.h"

#include <algorithm>

#include "log/base/status.h"
#include "log/partitioner.h"

namespace evlog {
namespace {

constexpr uint64_t kPartitionMask = kPartitionsMax - 1;

uint64_t MillisOf(absl::Time now) {
  return static_cast<uint64_t>(std::max<int64_t>(absl::ToUnixMillis(now), 0));
}

bool IsAtOrAfter(const OwnedEntry& entry, const Bound& from) {
  switch (from.kind()) {
    case Bound::Kind::kEnd:
      return false;
    case Bound::Kind::kId:
    case Bound::Kind::kTime:
      return entry.id >= from.id();
    case Bound::Kind::kExclusiveId:
      return entry.id > from.id();
    case Bound::Kind::kOffset:
      return entry.offset >= from.number();
    case Bound::Kind::kBegin:
    case Bound::Kind::kLast:
      return true;
  }
  return true;
}

bool IsWithin(const OwnedEntry& entry, const Bound& until) {
  switch (until.kind()) {
    case Bound::Kind::kBegin:
      return false;
    case Bound::Kind::kId:
      return entry.id <= until.id();
    case Bound::Kind::kExclusiveId:
    case Bound::Kind::kTime:
      return entry.id < until.id();
    case Bound::Kind::kOffset:
      return entry.offset <= until.number();
    case Bound::Kind::kEnd:
    case Bound::Kind::kLast:
      return true;
  }
  return true;
}

}  // namespace

Batch BatchOf(const std::vector<NewEntry>& entries) {
  Batch batch;
  for (const NewEntry& entry : entries) {
    const std::vector<FieldView> fields = ViewOf(entry.fields);
    batch.Add(fields, {.key = entry.key, .id = entry.id}).IgnoreError();
  }
  return batch;
}

std::string TextOf(const AppendResult& result) {
  return fmt::format("{}..{} ({}) p{} o{}", result.first_id.ToString(), result.last_id.ToString(),
                     result.count, result.partition, result.offset);
}

absl::Status ModelStream::CheckIds(const std::vector<NewEntry>& batch) const {
  EntryId before = EntryId::Min();
  for (const NewEntry& entry : batch) {
    if (!entry.id) return absl::InvalidArgumentError("some entries have an id, some have none");
    if (*entry.id <= before) return absl::InvalidArgumentError("0-0, or ids do not rise");
    before = *entry.id;
    if (options_.partitions == 1) continue;
    const uint64_t partition = before.seq & kPartitionMask;
    if (partition >= options_.partitions) return absl::InvalidArgumentError("no such partition");
    if (entry.key && PartitionOf(*entry.key, options_.partitions) != partition) {
      return absl::InvalidArgumentError("the id contradicts the key");
    }
  }
  if (*batch.front().id > last_id()) return absl::OkStatus();
  return absl::AbortedError("not above the last id");
}

absl::StatusOr<AppendResult> ModelStream::Append(absl::Time now,
                                                 const std::vector<NewEntry>& batch) {
  const auto has_id = [](const NewEntry& entry) { return entry.id.has_value(); };
  const bool explicit_ids = std::any_of(batch.begin(), batch.end(), has_id);
  if (explicit_ids) RETURN_IF_ERROR(CheckIds(batch));
  const bool partitioned = options_.partitions > 1;
  uint64_t ms = std::max(MillisOf(now), last_id().ms);
  uint64_t n = 0;
  if (ms == last_id().ms) {
    const uint64_t last_n = partitioned ? last_id().seq >> kPartitionBits : last_id().seq;
    n = last_n + 1;
    const uint64_t n_max = partitioned ? UINT64_MAX >> kPartitionBits : UINT64_MAX;
    if (n_max - last_n < batch.size() && !explicit_ids) {
      if (ms == UINT64_MAX) return absl::FailedPreconditionError("no ids left");
      ++ms;
      n = 0;
    }
  }
  std::optional<uint16_t> turn;
  const size_t first = entries_.size();
  for (const NewEntry& added : batch) {
    OwnedEntry entry{{}, 0, 0, added.key, added.fields};
    if (explicit_ids) {
      entry.id = *added.id;
      entry.partition = partitioned ? static_cast<uint16_t>(entry.id.seq & kPartitionMask) : 0;
    } else {
      if (added.key) {
        entry.partition = PartitionOf(*added.key, options_.partitions);
      } else {
        if (!turn) turn = static_cast<uint16_t>(turn_++ % options_.partitions);
        entry.partition = *turn;
      }
      entry.id = {ms, partitioned ? n << kPartitionBits | entry.partition : n};
      ++n;
    }
    entry.offset = next_offsets_[entry.partition]++;
    entries_.push_back(std::move(entry));
  }
  AppendResult result;
  result.first_id = entries_[first].id;
  result.last_id = entries_.back().id;
  result.count = batch.size();
  result.partition = entries_[first].partition;
  result.offset = entries_[first].offset;
  return result;
}

absl::StatusOr<std::vector<OwnedEntry>> ModelStream::Read(const ReadRequest& request) const {
  if (request.partition && *request.partition >= options_.partitions) {
    return absl::InvalidArgumentError("no such partition");
  }
  const Bound until = request.until.value_or(Bound::End());
  if (until.kind() == Bound::Kind::kLast) return absl::InvalidArgumentError("until the last n");
  const bool by_offset =
      request.from.kind() == Bound::Kind::kOffset || until.kind() == Bound::Kind::kOffset;
  if (by_offset && options_.partitions > 1 && !request.partition) {
    return absl::InvalidArgumentError("an offset of several partitions");
  }
  std::vector<OwnedEntry> found;
  for (const OwnedEntry& entry : entries_) {
    if (!request.partition || entry.partition == *request.partition) found.push_back(entry);
  }
  if (request.from.kind() == Bound::Kind::kLast && found.size() > request.from.number()) {
    found.erase(found.begin(), found.end() - static_cast<ptrdiff_t>(request.from.number()));
  }
  const auto is_out = [&request, &until](const OwnedEntry& entry) {
    return !IsAtOrAfter(entry, request.from) || !IsWithin(entry, until);
  };
  found.erase(std::remove_if(found.begin(), found.end(), is_out), found.end());
  if (request.direction == Direction::kBackward) std::reverse(found.begin(), found.end());
  if (found.size() > request.limit) found.resize(request.limit);
  return found;
}

}  // namespace evlog
