#include "groups/group_change.h"

#include <algorithm>

#include "absl/status/statusor.h"
#include "log/base/bytes.h"

namespace evlog {

namespace {

constexpr uint8_t kVersion = 2;
// Entries that one assignment makes pending, at most: a damaged row must not fill the memory. What
// is delivered at once is a chunk, what is claimed a block.
constexpr uint64_t kAssignedMax = uint64_t{1} << 24;
constexpr uint64_t kRemoved = 0, kReleased = 1, kFirstOwner = 2;

void EncodePending(const GroupChange::OfPending& change, std::string* out) {
  AppendVarint(out, change.range.partition);
  AppendVarint(out, change.range.begin);
  AppendVarint(out, change.range.count());
  if (!change.to) {
    AppendVarint(out, kRemoved);
  } else {
    AppendVarint(out, change.to->owned() ? change.to->owner + kFirstOwner : kReleased);
    AppendVarint(out, change.to->count);
    AppendVarint(out, change.to->ms);
  }
  AppendVarint(out, change.ids.size());
  for (const IdRun& run : change.ids) {
    AppendVarint(out, run.count);
    AppendVarint(out, run.first.ms);
    AppendVarint(out, run.first.seq);
    AppendVarint(out, run.step);
  }
}

bool DecodeIds(ByteReader* reader, const PlaceRange& range, IdRuns* ids) {
  uint64_t count = 0;
  for (uint32_t n = reader->ReadVarint32(); n != 0 && reader->ok(); --n) {
    IdRun run;
    run.count = reader->ReadVarint32();
    run.first.ms = reader->ReadVarint();
    run.first.seq = reader->ReadVarint();
    run.step = reader->ReadVarint();
    const uint64_t room = UINT64_MAX - run.first.seq;
    if (run.count == 0 || run.step == 0 || room / run.step < run.count - 1) return false;
    if (!ids->empty() && run.first <= ids->back().last()) return false;
    count += run.count;
    ids->push_back(run);
  }
  return ids->empty() || count == range.count();
}

bool DecodePending(ByteReader* reader, GroupChange::OfPending* change) {
  const uint64_t partition = reader->ReadVarint();
  change->range.begin = reader->ReadVarint();
  const uint64_t size = reader->ReadVarint();
  if (partition >= kPartitionsMax || size == 0 || size > UINT64_MAX - change->range.begin) {
    return false;
  }
  change->range.partition = static_cast<uint16_t>(partition);
  change->range.end = change->range.begin + size;
  const uint64_t owner = reader->ReadVarint();
  if (owner >= kFirstOwner + kConsumersMax) return false;
  if (owner != kRemoved) {
    if (size > kAssignedMax) return false;
    Pending& to = change->to.emplace();
    if (owner != kReleased) to.owner = static_cast<ConsumerNumber>(owner - kFirstOwner);
    to.count = reader->ReadVarint32();
    to.ms = reader->ReadVarint();
    if (to.ms > kPendingMsMax) return false;
  }
  return DecodeIds(reader, change->range, &change->ids);
}

void EncodeConsumer(const GroupChange::OfConsumer& change, std::string* out) {
  AppendVarint(out, change.number);
  out->push_back(change.to ? 1 : 0);
  if (!change.to) return;
  AppendVarint(out, change.to->name.size());
  out->append(change.to->name);
  AppendVarint(out, change.to->seen_ms);
  AppendVarint(out, change.to->active_ms);
}

bool DecodeConsumer(ByteReader* reader, GroupChange::OfConsumer* change) {
  const uint64_t number = reader->ReadVarint();
  if (number >= kConsumersMax) return false;
  change->number = static_cast<ConsumerNumber>(number);
  const uint8_t kept = reader->ReadByte();
  if (kept > 1) return false;
  if (kept == 0) return true;
  ConsumerState& to = change->to.emplace();
  to.name = reader->ReadBytes(reader->ReadVarint());
  to.seen_ms = reader->ReadVarint();
  to.active_ms = reader->ReadVarint();
  return true;
}

void EncodeLease(const GroupChange::OfLease& change, std::string* out) {
  AppendVarint(out, change.partition);
  AppendVarint(out, change.to.owner == kNobody ? kReleased : change.to.owner + kFirstOwner);
  AppendVarint(out, change.to.epoch);
}

bool DecodeLease(ByteReader* reader, GroupChange::OfLease* change) {
  const uint64_t partition = reader->ReadVarint();
  const uint64_t owner = reader->ReadVarint();
  if (partition >= kPartitionsMax || owner == kRemoved || owner >= kFirstOwner + kConsumersMax) {
    return false;
  }
  change->partition = static_cast<uint16_t>(partition);
  if (owner != kReleased) change->to.owner = static_cast<ConsumerNumber>(owner - kFirstOwner);
  change->to.epoch = reader->ReadVarint();
  return true;
}

// The newest of each `key` counts.
template <typename List, typename Key>
void Replace(const List& later, Key key, List* all) {
  for (const auto& one : later) {
    const auto same = std::find_if(all->begin(), all->end(),
                                   [&](const auto& other) { return other.*key == one.*key; });
    same == all->end() ? all->push_back(one) : void(*same = one);
  }
}

absl::Status Malformed() { return absl::DataLossError("a row of a group's journal is malformed"); }

}  // namespace

size_t GroupChange::bytes() const {
  constexpr size_t kOfHead = 16, kOfPending = 20, kOfRun = 10, kOfPosition = 16, kOfConsumer = 20,
                   kOfLease = 8;
  size_t bytes = kOfHead + kOfPending * pending.size() + kOfPosition * positions.size() +
                 kOfConsumer * consumers.size() + kOfLease * leases.size();
  for (const OfPending& one : pending) bytes += kOfRun * one.ids.size();
  for (const OfConsumer& one : consumers) bytes += one.to ? one.to->name.size() : 0;
  return bytes;
}

void GroupChange::Add(const GroupChange& later) {
  pending.insert(pending.end(), later.pending.begin(), later.pending.end());
  Replace(later.positions, &OfPosition::partition, &positions);
  Replace(later.consumers, &OfConsumer::number, &consumers);
  Replace(later.leases, &OfLease::partition, &leases);
  if (later.entries_read) entries_read = later.entries_read;
}

std::string EncodeJournalRecord(uint64_t sequence, uint64_t oldest, const GroupChange& change) {
  std::string out;
  out.push_back(static_cast<char>(kVersion));
  AppendVarint(&out, sequence);
  AppendVarint(&out, oldest);
  AppendVarint(&out, change.pending.size());
  for (const GroupChange::OfPending& pending : change.pending) EncodePending(pending, &out);
  AppendVarint(&out, change.positions.size());
  for (const GroupChange::OfPosition& position : change.positions) {
    AppendVarint(&out, position.partition);
    AppendVarint(&out, position.to.next_offset);
    AppendVarint(&out, position.to.last_id.ms);
    AppendVarint(&out, position.to.last_id.seq);
  }
  AppendVarint(&out, change.consumers.size());
  for (const GroupChange::OfConsumer& consumer : change.consumers) EncodeConsumer(consumer, &out);
  out.push_back(change.entries_read ? 1 : 0);
  if (change.entries_read) AppendVarint(&out, *change.entries_read);
  AppendVarint(&out, change.leases.size());
  for (const GroupChange::OfLease& lease : change.leases) EncodeLease(lease, &out);
  return out;
}

absl::StatusOr<JournalRecord> DecodeJournalRecord(std::string_view value) {
  ByteReader reader(value);
  JournalRecord record;
  if (reader.ReadByte() != kVersion) return Malformed();
  record.sequence = reader.ReadVarint();
  record.oldest = reader.ReadVarint();
  for (uint32_t n = reader.ReadVarint32(); n != 0 && reader.ok(); --n) {
    if (!DecodePending(&reader, &record.change.pending.emplace_back())) return Malformed();
  }
  for (uint32_t n = reader.ReadVarint32(); n != 0 && reader.ok(); --n) {
    GroupChange::OfPosition& position = record.change.positions.emplace_back();
    const uint64_t partition = reader.ReadVarint();
    if (partition >= kPartitionsMax) return Malformed();
    position.partition = static_cast<uint16_t>(partition);
    position.to.next_offset = reader.ReadVarint();
    position.to.last_id.ms = reader.ReadVarint();
    position.to.last_id.seq = reader.ReadVarint();
  }
  for (uint32_t n = reader.ReadVarint32(); n != 0 && reader.ok(); --n) {
    if (!DecodeConsumer(&reader, &record.change.consumers.emplace_back())) return Malformed();
  }
  const uint8_t counted = reader.ReadByte();
  if (counted == 1) record.change.entries_read = reader.ReadVarint();
  for (uint32_t n = reader.ReadVarint32(); n != 0 && reader.ok(); --n) {
    if (!DecodeLease(&reader, &record.change.leases.emplace_back())) return Malformed();
  }
  if (!reader.ok() || reader.left() != 0 || counted > 1) return Malformed();
  return record;
}

}  // namespace evlog
