#include "groups/group_verifier.h"

#include <optional>
#include <vector>

#include "groups/group_journal.h"
#include "groups/group_record.h"
#include "groups/pending.h"
#include "log/base/status.h"
#include "log/catalog_codec.h"
#include "log/key_codec.h"
#include "log/row_finder.h"

namespace evlog {

namespace {

// Ends a run that found enough; never leaves the verifier.
absl::Status Enough() { return absl::OutOfRangeError("enough findings"); }

}  // namespace

absl::Status GroupVerifier::Run() {
  // Read at once, so that no walk of the store is held while groups are read.
  std::vector<std::pair<GroupId, std::string>> groups;
  absl::Status walked;
  {
    StoreIterator rows = store_->ScanAll(Family::kGroups);
    for (rows.SeekToFirst(); rows.Valid(); rows.Next()) {
      const absl::StatusOr<GroupId> id = DecodeGroupKey(rows.key());
      if (!id.ok()) {
        RETURN_IF_ERROR(Note(id.status()));
        continue;
      }
      groups.emplace_back(*id, std::string(rows.value()));
      known_.emplace(id->stream, id->group);
    }
    walked = rows.status();
  }
  absl::Status status = Note(walked);
  for (const auto& [id, row] : groups) {
    if (status.ok()) status = CheckGroup(id, row);
  }
  for (const Family family : {Family::kPending, Family::kJournal}) {
    if (status.ok()) status = CheckOwned(family);
  }
  return absl::IsOutOfRange(status) ? absl::OkStatus() : status;
}

absl::Status GroupVerifier::Note(const absl::Status& status) {
  if (!absl::IsDataLoss(status)) return status;
  return add_(MessageOf(status)) ? absl::OkStatus() : Enough();
}

absl::Status GroupVerifier::CheckGroup(GroupId id, std::string_view row) {
  std::string where = fmt::format("stream {}, group {}", id.stream.value(), id.group.value());
  absl::StatusOr<GroupRecord> record = DecodeGroupRecord(row);
  if (!record.ok()) return Note(Annotate(record.status(), where));
  where += " " + Quoted(record->name);
  const absl::StatusOr<uint16_t> partitions = PartitionsOf(id.stream);
  if (!partitions.ok()) return Note(partitions.status());
  if (*partitions == 0) return absl::OkStatus();  // rows of dropped streams go in the background
  GroupState state(*partitions);
  GroupJournal journal(id, &state);
  if (absl::Status loaded = journal.Load(*store_, record->head); !loaded.ok()) {
    return Note(Annotate(loaded, where));
  }
  ++counts_.groups;
  counts_.pending += state.pending().count();
  if (const absl::Status whole = state.CheckInvariants(); !whole.ok()) {
    return Note(DataLoss("{}: {}", where, MessageOf(whole)));
  }
  return CheckPlaces(id.stream, state, where);
}

absl::Status GroupVerifier::CheckPlaces(StreamId stream, const GroupState& state,
                                        const std::string& where) {
  for (uint16_t p = 0; p < state.partitions(); ++p) {
    const absl::StatusOr<uint64_t> end = EndOf({stream, p});
    if (!end.ok()) {
      RETURN_IF_ERROR(Note(end.status()));
      continue;
    }
    if (state.position(p).next_offset > *end) {
      RETURN_IF_ERROR(
          Note(DataLoss("{}: is to go on at offset {} of partition {}, which ends with {}", where,
                        state.position(p).next_offset, p, *end)));
    }
    const std::optional<EntryPlace> last = state.pending().Last(p);
    if (last && last->offset >= *end) {
      RETURN_IF_ERROR(Note(DataLoss("{}: offset {} of partition {} is pending, which ends with {}",
                                    where, last->offset, p, *end)));
    }
  }
  return absl::OkStatus();
}

absl::Status GroupVerifier::CheckOwned(Family family) {
  std::vector<GroupId> strange;
  RETURN_IF_ERROR(Note(FindStrange(family, &strange)));
  for (const GroupId& id : strange) {
    const absl::StatusOr<uint16_t> partitions = PartitionsOf(id.stream);
    if (!partitions.ok()) {
      RETURN_IF_ERROR(Note(partitions.status()));
    } else if (*partitions != 0) {
      RETURN_IF_ERROR(Note(DataLoss("stream {}: has rows of group {}, which there is not",
                                    id.stream.value(), id.group.value())));
    }
  }
  return absl::OkStatus();
}

// Groups that have rows in the family, and none of their own.
absl::Status GroupVerifier::FindStrange(Family family, std::vector<GroupId>* strange) {
  StoreIterator rows = store_->ScanAll(family);
  for (rows.SeekToFirst(); rows.Valid();) {
    GroupId id;
    uint16_t part = 0;
    uint64_t block = 0;
    const absl::Status decoded = family == Family::kPending
                                     ? DecodePendingKey(rows.key(), &id, &part, &block)
                                     : DecodeJournalKey(rows.key(), &id, &part);
    if (!decoded.ok()) {
      RETURN_IF_ERROR(Note(decoded));
      rows.Next();
      continue;
    }
    if (!known_.contains({id.stream, id.group})) strange->push_back(id);
    rows.Seek(GroupRange(id).end);
  }
  return rows.status();
}

absl::StatusOr<uint16_t> GroupVerifier::PartitionsOf(StreamId stream) {
  const auto known = partitions_.find(stream);
  if (known != partitions_.end()) return known->second;
  uint16_t partitions = 0;
  ASSIGN_OR_RETURN(const std::optional<std::string> row,
                   store_->Get(Family::kCatalog, EncodeCatalogKey(stream).view()));
  if (row) {
    ASSIGN_OR_RETURN(const StreamRecord record, DecodeStreamRecord(*row));
    partitions = static_cast<uint16_t>(record.options.partitions);
  }
  return partitions_[stream] = partitions;
}

absl::StatusOr<uint64_t> GroupVerifier::EndOf(PartitionId partition) {
  ASSIGN_OR_RETURN(const PartitionState state, FindPartition(*store_, partition));
  return state.tail.next_offset;
}

}  // namespace evlog
