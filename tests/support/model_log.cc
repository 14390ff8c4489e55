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

bool HasIds(const std::vector<NewEntry>& batch) {
  return std::any_of(batch.begin(), batch.end(),
                     [](const NewEntry& entry) { return entry.id.has_value(); });
}

// What two appends have in common that are one.
std::string NameOf(const OwnedMark& mark, const std::vector<NewEntry>& batch) {
  if (mark.kind == Idempotence::Kind::kId) return "id " + mark.id;
  std::string name = "content";
  for (const NewEntry& entry : batch) {
    OwnedFields fields = entry.fields;
    std::sort(fields.begin(), fields.end());
    name += fmt::format(" entry {} {}", entry.key ? static_cast<int>(entry.key->size()) : -1,
                        entry.key.value_or(""));
    for (const auto& [field, value] : fields) {
      name += fmt::format(" {}:{}{}:{}", field.size(), field, value.size(), value);
    }
  }
  return name;
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

Idempotence OwnedMark::View() const {
  switch (kind) {
    case Idempotence::Kind::kSequence:
      return Idempotence::Sequence(producer, sequence);
    case Idempotence::Kind::kId:
      return Idempotence::Id(producer, id);
    case Idempotence::Kind::kContent:
      break;
  }
  return Idempotence::Content(producer);
}

std::string TextOf(const AppendResult& result) {
  return fmt::format("{}..{} ({}) p{} o{}{}", result.first_id.ToString(), result.last_id.ToString(),
                     result.count, result.partition, result.offset,
                     result.duplicate ? " duplicate" : "");
}

absl::Status ModelStream::CheckIds(const std::vector<NewEntry>& batch, uint32_t partitions) {
  EntryId before = EntryId::Min();
  for (const NewEntry& entry : batch) {
    if (!entry.id) return absl::InvalidArgumentError("some entries have an id, some have none");
    if (*entry.id <= before) return absl::InvalidArgumentError("0-0, or ids do not rise");
    before = *entry.id;
    if (partitions == 1) continue;
    const uint64_t partition = before.seq & kPartitionMask;
    if (partition >= partitions) return absl::InvalidArgumentError("no such partition");
    if (entry.key && PartitionOf(*entry.key, partitions) != partition) {
      return absl::InvalidArgumentError("the id contradicts the key");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<uint16_t>> ModelStream::Route(const std::vector<NewEntry>& batch) {
  const bool explicit_ids = HasIds(batch);
  if (explicit_ids) RETURN_IF_ERROR(CheckIds(batch, options_.partitions));
  std::vector<uint16_t> partitions;
  std::optional<uint16_t> turn;
  for (const NewEntry& entry : batch) {
    if (options_.partitions == 1) {
      partitions.push_back(0);
    } else if (explicit_ids) {
      partitions.push_back(static_cast<uint16_t>(entry.id->seq & kPartitionMask));
    } else if (entry.key) {
      partitions.push_back(PartitionOf(*entry.key, options_.partitions));
    } else {
      if (!turn) turn = static_cast<uint16_t>(turn_++ % options_.partitions);
      partitions.push_back(*turn);
    }
  }
  return partitions;
}

absl::StatusOr<EntryId> ModelStream::NextId(uint64_t now_ms, size_t count) const {
  const int shift = options_.partitions > 1 ? kPartitionBits : 0;
  const uint64_t ms = std::max(now_ms, last_id_.ms);
  if (ms != last_id_.ms) return EntryId{ms, 0};
  const uint64_t last_n = last_id_.seq >> shift;
  if ((UINT64_MAX >> shift) - last_n >= count) return EntryId{ms, last_n + 1};
  if (ms == UINT64_MAX) return absl::FailedPreconditionError("no ids left");
  return EntryId{ms + 1, 0};
}

bool ModelStream::Holds(const Expect& expect, uint16_t partition) const {
  switch (expect.kind()) {
    case Expect::Kind::kNoEntries:
      return last_id_ == EntryId::Min();
    case Expect::Kind::kOffset:
      return next_offset(partition) == expect.offset();
    case Expect::Kind::kLastId:
      return last_id_ == expect.id();
  }
  return false;
}

absl::StatusOr<AppendResult> ModelStream::Append(absl::Time now, const std::vector<NewEntry>& batch,
                                                 const ModelAsk& ask) {
  ASSIGN_OR_RETURN(const std::vector<uint16_t> partitions, Route(batch));
  const std::string name = ask.mark ? NameOf(*ask.mark, batch) : std::string();
  if (ask.mark) {
    ASSIGN_OR_RETURN(const std::optional<AppendResult> known,
                     Recall(MillisOf(now), *ask.mark, name));
    if (known) return *known;
  }
  if (ask.expect && !Holds(*ask.expect, partitions.front())) {
    return absl::AbortedError("not as expected");
  }
  const bool explicit_ids = HasIds(batch);
  if (explicit_ids && *batch.front().id <= last_id_) {
    return absl::AbortedError("not above the last id");
  }
  EntryId next;
  if (!explicit_ids) {
    ASSIGN_OR_RETURN(next, NextId(MillisOf(now), batch.size()));
  }
  AppendResult result;
  result.count = batch.size();
  result.partition = partitions.front();
  result.offset = next_offset(result.partition);
  for (size_t i = 0; i < batch.size(); ++i) {
    const uint16_t p = partitions[i];
    EntryId id{next.ms, next.seq + i};
    if (options_.partitions > 1) id.seq = id.seq << kPartitionBits | p;
    if (explicit_ids) id = *batch[i].id;
    entries_.push_back({id, next_offset(p), p, batch[i].key, batch[i].fields});
    ids_[p].push_back(id);
    if (i == 0) result.first_id = id;
    result.last_id = last_id_ = id;
  }
  if (ask.mark) Remember(MillisOf(now), *ask.mark, name, result);
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
