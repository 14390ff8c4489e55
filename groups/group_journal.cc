#include "groups/group_journal.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "log/base/bytes.h"
#include "log/base/status.h"
#include "log/key_codec.h"

namespace evlog {

namespace {

// Parts written beside an operation once half of the journal is full, so that many parts that were
// touched at once are not written at once.
constexpr int kPartsAtATime = 4;

bool PartitionsExist(const GroupChange& change, uint16_t partitions) {
  const auto exists = [partitions](const auto& part) { return part.partition < partitions; };
  return std::all_of(change.pending.begin(), change.pending.end(),
                     [&](const auto& pending) { return exists(pending.range); }) &&
         std::all_of(change.positions.begin(), change.positions.end(), exists) &&
         std::all_of(change.leases.begin(), change.leases.end(), exists);
}

}  // namespace

Row JournalRow(GroupId id, uint64_t sequence, std::string record) {
  const auto slot = static_cast<uint16_t>(sequence % kJournalSlots);
  return {Family::kJournal, std::string(EncodeJournalKey(id, slot).view()), std::move(record)};
}

GroupChange GroupJournal::HeadAsChange() const {
  GroupChange all;
  for (uint32_t p = 0; p < state_->partitions(); ++p) {
    const auto partition = static_cast<uint16_t>(p);
    all.positions.push_back({partition, state_->position(partition)});
  }
  state_->VisitConsumers([&all](ConsumerNumber number, const ConsumerState& consumer) {
    all.consumers.push_back({number, consumer});
  });
  all.entries_read = state_->entries_read();
  for (uint32_t p = 0; p < state_->partitions(); ++p) {
    const Lease& lease = state_->leases()[p];
    if (lease != Lease{}) all.leases.push_back({static_cast<uint16_t>(p), lease});
  }
  return all;
}

void GroupJournal::CopyTo(GroupId to, std::span<const GroupPosition> ends, EncodeHead encode,
                          std::vector<Row>* rows) const {
  GroupState copy(state_->partitions());
  GroupChange head = HeadAsChange();
  for (GroupChange::OfPosition& position : head.positions) {
    const GroupPosition& end = ends[position.partition];
    if (position.to.next_offset <= end.next_offset) continue;
    const uint64_t unknown = position.to.next_offset - end.next_offset;
    head.entries_read = *head.entries_read - std::min(*head.entries_read, unknown);
    position.to = end;
  }
  copy.ApplyHead(head);
  state_->pending().VisitBlocks(
      [&copy](BlockKey key, const PendingBlock& block) { copy.pending().Load(key, block); });
  for (uint32_t p = 0; p < copy.partitions(); ++p) {
    copy.pending().Assign({static_cast<uint16_t>(p), ends[p].next_offset, UINT64_MAX}, std::nullopt,
                          {}, [](BlockKey) {});
  }
  GroupJournal journal(to, &copy);
  journal.WritePart(kHead, encode, rows);
  copy.pending().VisitBlocks(
      [&](BlockKey key, const PendingBlock&) { journal.WritePart(key, encode, rows); });
}

void GroupJournal::Touch(BlockKey key, uint64_t sequence) {
  if (queued_.insert({key.partition, key.block}).second) queue_.emplace_back(sequence, key);
}

void GroupJournal::WritePart(BlockKey key, EncodeHead encode, std::vector<Row>* rows) {
  if (key == kHead) {
    rows->push_back({Family::kGroups, std::string(EncodeGroupKey(id_).view()),
                     encode(EncodeJournalRecord(sequence_, 0, HeadAsChange()))});
    return;
  }
  Row& row = rows->emplace_back();
  row.family = Family::kPending;
  row.key = std::string(EncodePendingKey(id_, key.partition, key.block).view());
  const PendingBlock* const block = state_->pending().block(key);
  if (block == nullptr) return;  // nothing is pending there any more: no row
  std::string& value = row.value.emplace();
  AppendVarint(&value, sequence_);
  block->Encode(&value);
}

void GroupJournal::WriteOldest(EncodeHead encode, std::vector<Row>* rows) {
  const BlockKey key = queue_.front().second;
  queue_.pop_front();
  queued_.erase({key.partition, key.block});
  WritePart(key, encode, rows);
  while (!sizes_.empty() && sizes_.front().first < Oldest()) {
    bytes_ -= sizes_.front().second;
    sizes_.pop_front();
  }
}

void GroupJournal::Record(const GroupChange& change, std::vector<Row>* rows) {
  std::string record = EncodeJournalRecord(sequence_, Oldest(), change);
  NoteSize(record.size());
  rows->push_back(JournalRow(id_, sequence_, std::move(record)));
}

void GroupJournal::NoteSize(size_t bytes) {
  if (sizes_.empty() || sizes_.back().first != sequence_) sizes_.emplace_back(sequence_, 0);
  sizes_.back().second += bytes;
  bytes_ += bytes;
}

void GroupJournal::Begin(EncodeHead encode, std::vector<Row>* rows) {
  WritePart(kHead, encode, rows);
}

void GroupJournal::TakeIn(const GroupChange& change) {
  if (change.of_head()) Touch(kHead, sequence_);
  state_->Apply(change, [this](BlockKey key) { Touch(key, sequence_); });
}

void GroupJournal::Begin(const GroupChange& change, EncodeHead encode, std::vector<Row>* rows) {
  // Parts first, as they are without this operation: it may grow, and they must not say that they
  // have all of it.
  for (int parts = 0; !queue_.empty(); ++parts) {
    // This operation's own row is to have a slot.
    const uint64_t behind = sequence_ + 1 - Oldest();
    const bool must = behind >= kJournalSlots || bytes_ > kJournalBytesMax;
    const bool may = behind >= kJournalSlots / 2 && parts < kPartsAtATime;
    if (!must && !may) break;
    WriteOldest(encode, rows);
  }
  ++sequence_;
  TakeIn(change);
}

void GroupJournal::Write(const GroupChange& change, EncodeHead encode, std::vector<Row>* rows) {
  Begin(change, encode, rows);
  Record(change, rows);
}

std::shared_ptr<GrowingRecord> GroupJournal::WriteGrowing(const GroupChange& change,
                                                          EncodeHead encode,
                                                          std::vector<Row>* rows) {
  Begin(change, encode, rows);
  NoteSize(change.bytes());
  return std::make_shared<GrowingRecord>(id_, sequence_, Oldest());
}

void GroupJournal::Grow(const GroupChange& change) {
  TakeIn(change);
  NoteSize(change.bytes());
}

void GroupJournal::WriteHead(EncodeHead encode, std::vector<Row>* rows) {
  WritePart(kHead, encode, rows);
  // It stays in the queue, if it is there: to be written once more costs nothing.
}

void GroupJournal::WriteAll(EncodeHead encode, std::vector<Row>* rows) {
  while (!queue_.empty()) WriteOldest(encode, rows);
  // Says that nothing of the journal is needed.
  ++sequence_;
  Record({}, rows);
}

void GroupJournal::Erase(std::vector<Row>* rows) const {
  const auto erase = [&](Family family, std::string_view key) {
    rows->push_back({family, std::string(key), std::nullopt});
  };
  erase(Family::kGroups, EncodeGroupKey(id_).view());
  // Also blocks that are queued: their row may be an old one.
  for (const auto& [partition, block] : queued_) {
    if (BlockKey{partition, block} == kHead) continue;
    erase(Family::kPending, EncodePendingKey(id_, partition, block).view());
  }
  state_->pending().VisitBlocks([&](BlockKey key, const PendingBlock&) {
    if (queued_.contains({key.partition, key.block})) return;
    erase(Family::kPending, EncodePendingKey(id_, key.partition, key.block).view());
  });
  const uint64_t slots = std::min<uint64_t>(sequence_ + 1, kJournalSlots);
  for (uint64_t slot = 0; slot < slots; ++slot) {
    erase(Family::kJournal, EncodeJournalKey(id_, static_cast<uint16_t>(slot)).view());
  }
}

absl::Status GroupJournal::LoadBlocks(const Store& store) {
  StoreIterator rows = store.Scan(Family::kPending, GroupRange(id_));
  for (rows.SeekToFirst(); rows.Valid(); rows.Next()) {
    GroupId id;
    BlockKey key;
    RETURN_IF_ERROR(DecodePendingKey(rows.key(), &id, &key.partition, &key.block));
    ByteReader reader(rows.value());
    const uint64_t as_of = reader.ReadVarint();
    PendingBlock block;
    RETURN_IF_ERROR(PendingBlock::Decode(reader.ReadBytes(reader.left()), &block));
    if (key.partition >= state_->partitions() || block.empty()) {
      return absl::DataLossError(
          fmt::format("a row of pending entries, partition {} block {}", key.partition, key.block));
    }
    as_of_[key] = as_of;
    state_->pending().Load(key, std::move(block));
  }
  return rows.status();
}

absl::Status GroupJournal::LoadRecords(const Store& store, std::vector<JournalRecord>* records) {
  StoreIterator rows = store.Scan(Family::kJournal, GroupRange(id_));
  for (rows.SeekToFirst(); rows.Valid(); rows.Next()) {
    ASSIGN_OR_RETURN(JournalRecord record, DecodeJournalRecord(rows.value()));
    records->push_back(std::move(record));
  }
  RETURN_IF_ERROR(rows.status());
  std::sort(records->begin(), records->end(),
            [](const JournalRecord& a, const JournalRecord& b) { return a.sequence < b.sequence; });
  if (records->empty()) return absl::OkStatus();
  // Also of one that nothing needs any more: what comes must have a larger number.
  sequence_ = std::max(sequence_, records->back().sequence);
  const uint64_t oldest = records->back().oldest;
  records->erase(records->begin(),
                 std::find_if(records->begin(), records->end(),
                              [&](const JournalRecord& r) { return r.sequence >= oldest; }));
  for (size_t i = 0; i < records->size(); ++i) {
    const JournalRecord& record = (*records)[i];
    if (record.sequence != oldest + i) {
      return absl::DataLossError(
          fmt::format("the journal of a group lacks operation {}", oldest + i));
    }
    if (!PartitionsExist(record.change, state_->partitions())) {
      return absl::DataLossError("the journal of a group names a partition that there is not");
    }
  }
  return absl::OkStatus();
}

void GroupJournal::ReplayIn(BlockKey key, const GroupChange::OfPending& change, uint64_t sequence) {
  const auto as_of = as_of_.find(key);
  if (as_of != as_of_.end() && as_of->second >= sequence) return;
  PlaceRange part = change.range;
  part.begin = std::max(part.begin, key.base());
  part.end = std::min(part.end, key.base() + kBlockOffsets);
  IdRuns ids;
  if (!change.ids.empty()) ids = CutIds(change.ids, change.range.begin, part.begin, part.end);
  state_->pending().Assign(part, change.to, ids, [](BlockKey) {});
  Touch(key, sequence);
}

void GroupJournal::Replay(const JournalRecord& record) {
  const GroupChange& change = record.change;
  if (as_of_[kHead] < record.sequence && change.of_head()) {
    state_->ApplyHead(change);
    Touch(kHead, record.sequence);
  }
  for (const GroupChange::OfPending& pending : change.pending) {
    const PlaceRange& range = pending.range;
    if (pending.to) {
      for (uint64_t b = range.begin / kBlockOffsets; b * kBlockOffsets < range.end; ++b) {
        ReplayIn({range.partition, b}, pending, record.sequence);
      }
      continue;
    }
    // Of a removal only where something is: its range may have no end.
    std::vector<BlockKey> keys;
    state_->pending().VisitBlocks([&](BlockKey key, const PendingBlock&) {
      if (key.partition == range.partition && key.base() < range.end &&
          key.base() + kBlockOffsets > range.begin) {
        keys.push_back(key);
      }
    });
    for (const BlockKey key : keys) ReplayIn(key, pending, record.sequence);
  }
}

absl::Status GroupJournal::Load(const Store& store, std::string_view head) {
  ASSIGN_OR_RETURN(const JournalRecord all, DecodeJournalRecord(head));
  if (all.change.positions.size() != state_->partitions()) {
    return absl::DataLossError(
        fmt::format("the head of a group has {} positions, and its stream {} partitions",
                    all.change.positions.size(), state_->partitions()));
  }
  if (!PartitionsExist(all.change, state_->partitions())) {
    return absl::DataLossError("the head of a group names a partition that there is not");
  }
  state_->ApplyHead(all.change);
  as_of_[kHead] = all.sequence;
  RETURN_IF_ERROR(LoadBlocks(store));
  std::vector<JournalRecord> records;
  sequence_ = all.sequence;
  RETURN_IF_ERROR(LoadRecords(store, &records));
  for (const JournalRecord& record : records) {
    Replay(record);
    const size_t size = EncodeJournalRecord(record.sequence, record.oldest, record.change).size();
    sizes_.emplace_back(record.sequence, size);
    bytes_ += size;
  }
  as_of_ = {};
  return absl::OkStatus();
}

}  // namespace evlog
