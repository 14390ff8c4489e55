#include "log/sequencer.h"

#include <algorithm>
#include <utility>

#include "log/base/bytes.h"
#include "log/base/status.h"
#include "log/partitioner.h"
#include "log/removals.h"

namespace evlog {

namespace {

constexpr uint64_t kPartitionMask = kPartitionsMax - 1;

// How far ids of the stream are shifted over the partition's bits.
int Shift(const StreamState& stream) { return stream.partitioned_ids() ? kPartitionBits : 0; }

absl::Status CheckExplicitIds(const StreamState& stream, const std::vector<EntryId>& ids) {
  EntryId before = EntryId::Min();
  for (const EntryId& id : ids) {
    if (id == EntryId::Min()) return InvalidArgument("the id 0-0 cannot be given to an entry");
    if (id <= before) {
      return InvalidArgument("ids of a batch must rise, but {} follows {}", id.ToString(),
                             before.ToString());
    }
    if (stream.partitioned_ids() && (id.seq & kPartitionMask) >= stream.partitions()) {
      return InvalidArgument("the id {} names partition {}, but the stream has {} partitions",
                             id.ToString(), id.seq & kPartitionMask, stream.partitions());
    }
    before = id;
  }
  return absl::OkStatus();
}

// Splits a batch entry by entry; needed when entries may go to different partitions.
class Splitter {
 public:
  Splitter(const StreamState& stream, StreamOp* request, const std::vector<EntryId>& ids)
      : stream_(stream), request_(request), ids_(ids), open_(stream.partitions(), kNone) {}

  absl::Status Add(const EncodedFields& fields, const std::optional<std::string_view>& key) {
    ASSIGN_OR_RETURN(const uint16_t partition, Route(key));
    RequestPart& part = PartFor(partition, MeasureEntry(fields, key, false).size());
    const bool shares = HasNames(fields, part.entries, part.names);
    AppendEntry(fields, key, MeasureEntry(fields, key, shares), &part.entries, &part.names);
    ++part.count;
    if (ids_.empty()) {
      AppendRun(&part.ids, IdRun{{0, index_}, 1});
    } else {
      AppendRun(&part.ids, IdRun{ids_[index_], 1});
    }
    if (index_ == 0) request_->first_partition = partition;
    request_->last_partition = partition;
    ++index_;
    return absl::OkStatus();
  }

 private:
  static constexpr size_t kNone = SIZE_MAX;

  absl::StatusOr<uint16_t> Route(std::optional<std::string_view> key) {
    if (!ids_.empty()) {
      const auto named = static_cast<uint16_t>(ids_[index_].seq & kPartitionMask);
      if (key && PartitionOf(*key, stream_.partitions()) != named) {
        return InvalidArgument("the id {} names partition {}, but the key {} belongs to {}",
                               ids_[index_].ToString(), named, Quoted(*key),
                               PartitionOf(*key, stream_.partitions()));
      }
      return named;
    }
    if (key) return PartitionOf(*key, stream_.partitions());
    if (turn_ == kPartitionsMax) turn_ = request_->stream->TakeTurn();
    return turn_;
  }

  RequestPart& PartFor(uint16_t partition, size_t bytes) {
    size_t& open = open_[partition];
    if (open == kNone || request_->parts[open].entries.size() + bytes > kChunkBytesTarget) {
      open = request_->parts.size();
      request_->parts.emplace_back().partition = partition;
    }
    return request_->parts[open];
  }

  const StreamState& stream_;
  StreamOp* const request_;
  const std::vector<EntryId>& ids_;
  std::vector<size_t> open_;        // the part being filled, by partition
  uint16_t turn_ = kPartitionsMax;  // for the entries without a key, once one was seen
  size_t index_ = 0;
};

absl::Status Split(internal::BatchData& batch, StreamOp* request) {
  Splitter splitter(*request->stream, request, batch.ids());
  for (const internal::BatchData::Segment& segment : batch.segments()) {
    const std::string_view bytes = segment.entries.entries();
    const char* p = bytes.data();
    const char* const end = p + bytes.size();
    std::optional<std::string_view> key;
    EncodedFields fields;
    while (p != end) {
      p = internal::ReadCheckedEntry(p, fields.names(), &key, &fields);
      RETURN_IF_ERROR(splitter.Add(fields, key));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status PrepareAppend(std::shared_ptr<StreamState> stream, internal::BatchData&& batch,
                           StreamOp* request) {
  request->stream = std::move(stream);
  request->count = batch.count();
  const std::vector<EntryId>& ids = batch.ids();
  if (!ids.empty()) {
    RETURN_IF_ERROR(CheckExplicitIds(*request->stream, ids));
    request->explicit_ids = true;
    request->first_explicit = ids.front();
    request->last_explicit = ids.back();
  }
  const bool one_partition = request->stream->partitions() == 1;
  if (!one_partition && (batch.has_keys() || !ids.empty())) return Split(batch, request);

  const uint16_t partition = request->stream->TakeTurn();
  request->first_partition = request->last_partition = partition;
  uint32_t index = 0;
  for (internal::BatchData::Segment& segment : batch.segments()) {
    RequestPart& part = request->parts.emplace_back();
    part.partition = partition;
    part.count = segment.count;
    part.entries = std::move(segment.entries);
    if (ids.empty()) {
      part.ids.push_back(IdRun{{0, index}, segment.count});
    } else {
      for (uint32_t i = 0; i < segment.count; ++i) AppendRun(&part.ids, {ids[index + i], 1});
    }
    index += segment.count;
  }
  return absl::OkStatus();
}

namespace {

uint64_t ToMs(absl::Time now) {
  return static_cast<uint64_t>(std::max<int64_t>(absl::ToUnixMillis(now), 0));
}

absl::Status Conflicting(const StreamState& stream, uint16_t partition, absl::Status status) {
  // Under the committer's lock; `assigned` does not change meanwhile.
  const StreamState::Assigned& assigned = const_cast<StreamState&>(stream).assigned();
  internal::AttachConflict(
      {partition, assigned.partitions[partition].next_offset, assigned.last_id}, &status);
  return status;
}

absl::Status CheckExpectation(const Expect& expect, StreamOp* op) {
  const StreamState& stream = *op->stream;
  const StreamState::Assigned& assigned = op->stream->assigned();
  const uint16_t partition = op->first_partition;
  const auto conflict = [&](const std::string& what) {
    return Conflicting(
        stream, partition,
        Error(absl::StatusCode::kAborted, "stream {}: {}", Quoted(stream.name()), what));
  };
  switch (expect.kind()) {
    case Expect::Kind::kNoEntries:
      if (assigned.last_id == EntryId::Min()) return absl::OkStatus();
      return conflict(fmt::format("no entries were expected, but the last id is {}",
                                  assigned.last_id.ToString()));
    case Expect::Kind::kOffset: {
      const uint64_t next = assigned.partitions[partition].next_offset;
      if (next == expect.offset()) return absl::OkStatus();
      return conflict(
          fmt::format("offset {} was expected next, but it is {}", expect.offset(), next));
    }
    case Expect::Kind::kLastId:
      if (assigned.last_id == expect.id()) return absl::OkStatus();
      return conflict(fmt::format("the last id {} was expected, but it is {}",
                                  expect.id().ToString(), assigned.last_id.ToString()));
  }
  return absl::OkStatus();
}

// Ids that were given stay the largest ones up to the floor.
absl::Status CheckFloor(const StreamExtras::NewFloor& floor, const StreamOp& op) {
  for (const StreamState::AssignedPartition& partition : op.stream->assigned().partitions) {
    if (floor.last_id >= partition.last_id) continue;
    return Conflicting(
        *op.stream, op.first_partition,
        Error(absl::StatusCode::kAborted,
              "the last id of stream {} cannot be {}: an entry has the id {}",
              Quoted(op.stream->name()), floor.last_id.ToString(), partition.last_id.ToString()));
  }
  return absl::OkStatus();
}

void SetFloor(const StreamExtras::NewFloor& floor, StreamOp* op, std::vector<Row>* rows) {
  StreamState::Assigned& assigned = op->stream->assigned();
  uint64_t appended = 0;
  for (const StreamState::AssignedPartition& partition : assigned.partitions) {
    appended += partition.next_offset;
  }
  assigned.last_id = assigned.floor.last_id = floor.last_id;
  if (floor.entries_added) {
    assigned.floor.added = static_cast<int64_t>(*floor.entries_added - appended);
  }
  op->extras->floor_set = assigned.floor;
  rows->push_back(floor.row(assigned.floor));
}

// Gives ids and offsets to what is appended. On an error nothing has changed.
absl::Status SequenceAppend(absl::Time now, StreamOp* op) {
  StreamState& stream = *op->stream;
  StreamState::Assigned& assigned = stream.assigned();
  AppendResult& result = op->result;
  if (op->explicit_ids) {
    if (op->first_explicit <= assigned.last_id && !op->copies) {
      return Conflicting(
          stream, op->first_partition,
          Error(absl::StatusCode::kAborted, "the id {} is not above the last id of the stream, {}",
                op->first_explicit.ToString(), assigned.last_id.ToString()));
    }
    result.first_id = op->first_explicit;
    result.last_id = op->last_explicit;
  } else {
    const int shift = Shift(stream);
    const uint64_t n_max = UINT64_MAX >> shift;
    // A clock that steps back does not take the ids with it.
    uint64_t ms = std::max(ToMs(now), assigned.last_id.ms);
    uint64_t n = 0;
    if (ms == assigned.last_id.ms) {
      const uint64_t last_n = assigned.last_id.seq >> shift;
      if (n_max - last_n >= op->count) {
        n = last_n + 1;
      } else if (ms != UINT64_MAX) {
        ++ms;
      } else {
        return absl::FailedPreconditionError(kNoIdsLeft);
      }
    }
    op->base = {ms, n};
    const uint64_t last_n = n + op->count - 1;
    result.first_id = {ms, shift ? n << shift | op->first_partition : n};
    result.last_id = {ms, shift ? last_n << shift | op->last_partition : last_n};
  }
  assigned.last_id = std::max(assigned.last_id, result.last_id);
  for (RequestPart& part : op->parts) {
    StreamState::AssignedPartition& partition = assigned.partitions[part.partition];
    if (op->copies) {
      partition.next_offset = part.base_offset;
      partition.next_bytes = part.base_bytes;
    }
    part.base_offset = partition.next_offset;
    part.base_bytes = partition.next_bytes;
    partition.next_offset += part.count;
    partition.next_bytes += part.entries.size();
  }
  result.count = op->count;
  result.partition = op->first_partition;
  result.offset = op->parts.front().base_offset;
  return absl::OkStatus();
}

// True: it repeats one that is remembered, and nothing is left to do.
absl::StatusOr<bool> FindOriginal(absl::Time now, StreamOp* op) {
  IdempotentAppend& append = *op->extras->idempotence;
  absl::StatusOr<std::shared_ptr<Original>> found = append.window->Find(append.ask, ToMs(now));
  if (!found.ok()) {
    const StreamState::Assigned& assigned = op->stream->assigned();
    absl::Status status = Annotate(found.status(), "stream " + Quoted(op->stream->name()));
    internal::AttachConflict(
        {op->first_partition, assigned.partitions[op->first_partition].next_offset,
         assigned.last_id, append.window->last_sequence()},
        &status);
    return status;
  }
  if (*found == nullptr) return false;
  append.original = *std::move(found);
  append.duplicate = true;
  op->parts.clear();
  op->count = 0;
  op->result = append.original->Result();
  op->result.duplicate = true;
  return true;
}

// Remembers an append.
void AddOriginal(absl::Time now, StreamOp* op, std::vector<Row>* rows) {
  IdempotentAppend& append = *op->extras->idempotence;
  if (append.duplicate) return;
  std::vector<std::string> forgotten;
  append.original = append.window->Add(append.ask, ToMs(now), op->result, &forgotten);
  for (std::string& key : forgotten) {
    rows->push_back({Family::kIdempotence, std::move(key), std::nullopt});
  }
}

absl::Status SequenceOp(absl::Time now, StreamOp* op) {
  StreamState::Assigned& assigned = op->stream->assigned();
  if (assigned.dropped) {
    return Error(absl::StatusCode::kNotFound, "stream {} was dropped", Quoted(op->stream->name()));
  }
  op->last_id_before = assigned.last_id;
  if (op->extras != nullptr && op->extras->idempotence) {
    ASSIGN_OR_RETURN(const bool duplicate, FindOriginal(now, op));
    if (duplicate) return absl::OkStatus();
  }
  if (op->extras != nullptr && op->extras->expect) {
    RETURN_IF_ERROR(CheckExpectation(*op->extras->expect, op));
  }
  if (op->extras != nullptr && op->extras->floor) {
    RETURN_IF_ERROR(CheckFloor(*op->extras->floor, *op));
  }
  if (op->count != 0) RETURN_IF_ERROR(SequenceAppend(now, op));
  return absl::OkStatus();
}

// The last id of each partition that got entries.
void SetLastIds(StreamOp* op) {
  StreamState::Assigned& assigned = op->stream->assigned();
  const int shift = Shift(*op->stream);
  for (const RequestPart& part : op->parts) {
    EntryId last = part.ids.back().last();
    if (!op->explicit_ids) {
      const uint64_t n = op->base.seq + last.seq;
      last = {op->base.ms, shift ? n << shift | part.partition : n};
    }
    assigned.partitions[part.partition].last_id = last;
  }
}

void Undo(StreamOp* op) {
  StreamState::Assigned& assigned = op->stream->assigned();
  assigned.last_id = op->last_id_before;
  for (size_t i = op->parts.size(); i-- > 0;) {
    StreamState::AssignedPartition& partition = assigned.partitions[op->parts[i].partition];
    partition.next_offset = op->parts[i].base_offset;
    partition.next_bytes = op->parts[i].base_bytes;
  }
}

}  // namespace

absl::Status Sequence(absl::Time now, Request* request) {
  absl::InlinedVector<StreamOp*, 4> done;
  absl::Status status;
  request->ForEachOp([&](StreamOp* op) {
    if (!status.ok()) return;
    status = SequenceOp(now, op);
    if (status.ok()) done.push_back(op);
  });
  if (!status.ok()) {
    while (!done.empty()) {
      Undo(done.back());
      done.pop_back();
    }
    return status;
  }
  if (request->extras != nullptr && request->extras->idempotence &&
      request->extras->idempotence->duplicate) {
    request->bytes = 0;
  }
  // Nothing fails from here on.
  for (StreamOp* op : done) {
    if (op->count != 0) SetLastIds(op);
    if (op->extras == nullptr) continue;
    if (op->extras->idempotence) AddOriginal(now, op, &request->rows);
    if (op->extras->floor) SetFloor(*op->extras->floor, op, &request->rows);
    SequenceRemovals(op, &request->rows);
  }
  return absl::OkStatus();
}

IdRuns StreamOp::IdsOf(const RequestPart& part) const {
  if (explicit_ids) return part.ids;
  IdRuns ids = part.ids;
  const int shift = Shift(*stream);
  for (IdRun& run : ids) {
    const uint64_t n = base.seq + run.first.seq;
    run.first = {base.ms, shift ? n << shift | part.partition : n};
    if (run.count > 1) run.step <<= shift;
  }
  return ids;
}

}  // namespace evlog
